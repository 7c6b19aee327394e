import type { Ratio, Replicas, Requests, RequestsPerSecond, Seconds } from '../base/units.js';

/** A run at one moment: what it had come to since counting began. */
export interface Moment {
  readonly at: Seconds;
  /** spec.replicas then. */
  readonly spec: Replicas;
  readonly injected: Requests;
  readonly misses: Requests;
  readonly replicaSeconds: Seconds;
}

/** A run from where counting begins to its end, tick by tick, earliest first. */
export type Course = readonly Moment[];

const HOUR: Seconds = 3600;
/** A change that is taken back within this time was for nothing: most pods are hardly ready by then. */
const FLIP_WITHIN: Seconds = 600;
/** Misses this far apart have causes of their own: longer than any cold start that is judged on. */
const EPISODE_GAP: Seconds = 300;

/** How often spec.replicas turned round: a change the other way than the one before it, at most ten minutes after it. */
export function countFlips(course: Course): number {
  let flips = 0;
  let last: { readonly at: Seconds; readonly sign: number } | undefined;
  for (const [i, { at, spec }] of course.entries()) {
    const before = course[i - 1];
    if (!before || spec === before.spec) continue;
    const sign = Math.sign(spec - before.spec);
    if (last && sign !== last.sign && at - last.at <= FLIP_WITHIN) flips++;
    last = { at, sign };
  }
  return flips;
}

/** Stretches of misses that at least five minutes without any lie between: so many times something went wrong. */
export function countMissEpisodes(course: Course): number {
  let episodes = 0;
  let lastMiss = Number.NEGATIVE_INFINITY;
  for (const [i, { at, misses }] of course.entries()) {
    const before = course[i - 1];
    if (!before || misses === before.misses) continue;
    if (before.at - lastMiss >= EPISODE_GAP) episodes++;
    lastMiss = at;
  }
  return episodes;
}

/** The worst hour of a run, by cost and by misses; they need not be the same hour. */
export interface WorstHour {
  readonly cost: number;
  readonly missRate: Ratio;
}

/**
 * Largest cost and share of misses of any hour that ends at a tick; of a run shorter than that, of the whole. An hour that needs
 * less than one replica, and less than the run does in the mean, counts as needing the lesser of the two: no fleet could be
 * smaller and serve. Misses count in the hour in which they become certain, at most as all of its requests.
 *
 * @param throughput what a replica can serve.
 */
export function findWorstHour(course: Course, throughput: RequestsPerSecond): WorstHour {
  const [start, end] = [course[0], course.at(-1)];
  if (!start || !end) return { cost: 0, missRate: 0 };
  const least = Math.min(1, end.injected / throughput / (end.at - start.at));
  if (end.at - start.at < HOUR) return between(start, end, throughput, least);
  let worst: WorstHour = { cost: 0, missRate: 0 };
  let from = 0;
  for (const moment of course) {
    if (moment.at - start.at < HOUR) continue;
    while ((course[from + 1] as Moment).at <= moment.at - HOUR) from++;
    const { cost, missRate } = between(course[from] as Moment, moment, throughput, least);
    worst = { cost: Math.max(worst.cost, cost), missRate: Math.max(worst.missRate, missRate) };
  }
  return worst;
}

/** @param least load in replicas that counts at least. */
function between(begin: Moment, end: Moment, throughput: RequestsPerSecond, least: Replicas): WorstHour {
  const requests = end.injected - begin.injected;
  const billed = end.replicaSeconds - begin.replicaSeconds;
  const misses = end.misses - begin.misses;
  return {
    cost: billed / Math.max(requests / throughput, least * (end.at - begin.at)),
    missRate: misses === 0 ? 0 : Math.min(1, misses / requests),
  };
}
