import type { Ratio, Seconds } from '../../base/units.js';
import { type Delay, medianDelay, NO_DELAY } from './delay.js';

/** What a pod goes through from its creation until it is ready, in order. */
export const START_PHASES = ['schedule', 'node', 'image', 'weights', 'engine', 'warmup'] as const;

/**
 * `schedule` waits for room on a node, `node` for a node that has been ordered; `image` pulls, `weights` loads the model,
 * `engine` initialises (compilation, CUDA graphs), `warmup` serves a first request of its own.
 */
export type StartPhase = (typeof START_PHASES)[number];

/** A whole cold start in one: scheduling, image, weights and engine together, counted as the phase `engine`. */
export interface OnePhaseStart {
  readonly median: Seconds;
  /** Standard deviation of the logarithm; 0: always the median. */
  readonly sigma: number;
}

/** A cold start in phases; one that is left out takes no time. */
export interface StagedStart {
  readonly phases: Partial<Readonly<Record<StartPhase, Delay>>>;
  /** An image that the node has already, and weights in its page cache; absent: 0, and no faster than the first time. */
  readonly cached?: { readonly image?: Delay; readonly weights?: Delay };
  /**
   * Absent: a pod is not ready before it is warm. Given: it is ready when `warmup` begins and its engine steps take `slowdown`
   * times as long until it ends (a first request took 3.72 s for 0.92 s warm: 4).
   */
  readonly servesCold?: { readonly slowdown: Ratio };
}

export type ColdStart = OnePhaseStart | StagedStart;

/**
 * Between the spread of a single model load (ServerlessLLM, 8B on H100: ln(6.03 / 4.44) / 1.645 = 0.19) and that of a whole
 * start as BLIS assumes it (240 +- 30 s: 0.125).
 */
export const COLD_START_SIGMA = 0.15;

/** Every cold start as phases. */
export function inPhases(coldStart: ColdStart): StagedStart {
  return 'phases' in coldStart ? coldStart : { phases: { engine: coldStart } };
}

/** Median seconds from creation to ready where a node with room is there: the sum of the medians of its phases. */
export function medianColdStart(coldStart: ColdStart): Seconds {
  const { phases, servesCold } = inPhases(coldStart);
  const counted = START_PHASES.filter((phase) => phase !== 'warmup' || !servesCold);
  return counted.reduce((sum, phase) => sum + medianDelay(phases[phase] ?? NO_DELAY), 0);
}
