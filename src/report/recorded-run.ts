import type { Slo } from '../decision/workload.js';
import type { Binned } from './binner.js';
import type { Span } from './chart.js';

/** One run as a report shows it. */
export interface RecordedRun extends Binned {
  readonly policy: string;
  readonly slo: Slo;
  readonly spans: readonly Span[];
  /** Figures of the summary, by label, as text. */
  readonly figures: readonly (readonly [label: string, figure: string])[];
}
