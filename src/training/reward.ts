import type { Replicas, Requests } from '../base/units.js';
import type { Truth } from './episode.js';

/** The parts of a reward, before they are added up; each <= 0. */
export interface RewardParts {
  readonly replicas: number;
  readonly misses: number;
  readonly churn: number;
}

/** What one tick came to. */
export interface TickOutcome {
  /** Mean over the tick of all that is billed: starting, ready and draining. */
  readonly billed: Replicas;
  /** Misses that became certain in it. */
  readonly misses: Requests;
  /** By how much spec.replicas changed. */
  readonly change: Replicas;
  readonly missPrice: number;
  /** Weight of a change. */
  readonly churn: number;
  readonly truth: Pick<Truth, 'meanLoad' | 'arrivalsPerTick'>;
}

/** Misses of one tick count up to this many ticks' worth of arrivals: a backlog that times out at once is one fault, not twenty. */
const MISS_CAP = 3;

/** Default weight of a change (policy study: 0.03 left chatter, 0.1 to 0.2 is advised). */
export const CHURN = 0.15;

/**
 * Reward of a tick: -(billed / meanLoad + price * min(misses / arrivals, 3) + churn * change / meanLoad) / sqrt(price). The sum of
 * the first two over a run is J = cost + price * miss rate but for the scale, which keeps rewards alike at all prices.
 */
export function computeReward({ billed, misses, change, missPrice, churn, truth }: TickOutcome): RewardParts {
  const scale = Math.sqrt(missPrice);
  const missed = Math.min(misses / truth.arrivalsPerTick, MISS_CAP);
  return {
    replicas: -billed / truth.meanLoad / scale,
    misses: (-missPrice * missed) / scale,
    churn: (-churn * change) / truth.meanLoad / scale,
  };
}
