import type { Scenario } from '../../scenarios/scenario.js';
import type { ServedLatency } from '../../scenarios/served-latency.js';

/** One window as it is, before anything is varied. */
export interface Unvaried {
  readonly scenario: Scenario;
  /** Which of the windows it is, counted from 0. */
  readonly index: number;
  /** Mean lengths of its requests: the profile's, or those of a recording of requests, which has its own. */
  readonly lengths: ServedLatency['lengths'];
}

/** What else a variation may ask. */
export interface Measured {
  /** p99 of a profile at 60 % load, by the law that objectives are multiples of. */
  readonly latency: (
    profile: string,
    lengths: ServedLatency['lengths'],
  ) => Promise<Pick<ServedLatency, 'ttft' | 'e2e'>>;
}

/** One way in which the world is otherwise than a policy was made for. */
export interface Variation {
  readonly name: string;
  /** A sentence for people. */
  readonly meaning: string;
  /** Keys of a scenario that it changes, with dots; it changes nothing else. */
  readonly changes: readonly string[];
  /** The variation that it is paired with; absent: the windows as they are. */
  readonly against?: string;
  /** The window as it is then; undefined: it means nothing there. Pure but for what `measured` plays. */
  readonly vary: (window: Unvaried, measured: Measured) => Scenario | undefined | Promise<Scenario | undefined>;
}

/** Where `share` of the counted part of a window is over: 0 when counting begins, 1 when traffic ends. */
export function momentOf({ warmup, duration = 1800 }: Scenario, share: number): number {
  return warmup + share * (duration - warmup);
}
