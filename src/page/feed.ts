import type { Decision } from '../decision/decision.js';
import type { ExplanationLine } from '../decision/describe-explanation.js';

/** What one fleet looks like at one moment; NaN travels as null. */
export interface FleetFrame {
  readonly name: string;
  readonly queue: number;
  /** Seconds, over the last minute. */
  readonly p99: number;
  /** Smallest share of KV cache that is free on a replica. */
  readonly headroom: number;
  readonly ready: number;
  readonly starting: number;
  readonly replicaHours: number;
  readonly dollars: number;
  readonly missRate: number;
}

/** One line of the decision log. */
export interface LogLine {
  readonly at: number;
  readonly source: Decision['source'] | 'refusal';
  readonly sentence: string;
  /** What opens below it; absent: nothing. */
  readonly explanation?: readonly ExplanationLine[];
}

/** One moment of the page. */
export interface Frame {
  /** Simulated seconds since the start. */
  readonly at: number;
  readonly arrivals: number;
  readonly slo: number;
  readonly source: LogLine['source'];
  readonly areMetricsStopped: boolean;
  readonly isModelBroken: boolean;
  readonly fleets: readonly FleetFrame[];
  /** Lines that are new since the last frame. */
  readonly log: readonly LogLine[];
}

export const PAGE_ACTIONS = ['spike', 'metrics', 'model'] as const;

export type PageAction = (typeof PAGE_ACTIONS)[number];

/** What the page shows and what its buttons do; demo and serve bring their own. */
export interface Feed {
  /** Calls back with every frame until the returned function is called; the first call brings the past. */
  subscribe(listener: (frames: readonly Frame[]) => void): () => void;
  act(action: PageAction): void;
}
