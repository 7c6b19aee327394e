import type { Ratio, Requests, Seconds } from '../../base/units.js';
import type { EngineName } from '../../decision/serving-profile.js';
import type { Grid } from '../../decision/window.js';
import type { Bounds, SloMetric } from '../../decision/workload.js';
import type { Pod } from '../fleet/pod.js';
import type { Replica } from '../replica/replica.js';
import type { ScrapeOptions } from './scrape-options.js';

/** What Prometheus is told to look at, and how. */
export interface TelemetryOptions {
  readonly grid: Grid;
  /** Default: scrapes at the grid's interval, look-back of 5 minutes. */
  readonly scrapes?: Partial<ScrapeOptions>;
  readonly metric: SloMetric;
  /** Upper bounds of the engine's histogram of that metric, without +Inf; ascending seconds. */
  readonly latencyBounds: readonly Seconds[];
  /** Of the ScaledObject, as its HPA shows them. */
  readonly bounds: Bounds;
  /** Whose series are asked for. */
  readonly engine: EngineName;
  /** Free share of a replica's GPU memory; NaN: no DCGM exporter. */
  readonly headroomOf: (replica: Replica) => Ratio;
  /** Whether a gateway counts arrivals. */
  readonly hasGateway: boolean;
  /** Of the moments at which targets are scraped. */
  readonly seed: number;
}

/** What is observed of a fleet. */
export interface Observed {
  readonly spec: number;
  readonly pods: readonly Pod[];
  readonly arrivals: Requests;
  /** Brings a pod's engine up to the present. */
  catchUp(pod: Pod, now: Seconds): void;
}
