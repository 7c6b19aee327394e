import { groupBy } from '../../base/group-by.js';
import type { Rng } from '../../base/rng.js';
import type { Requests } from '../../base/units.js';
import { resample } from '../bootstrap.js';
import { sourceOf } from '../matrix/matrix.js';
import type { Pooled } from '../pool-rows.js';
import type { EvaluationRow } from '../row.js';
import type { Contender } from './contender.js';

/** Sums of one point: replica-hours, offered replica-hours, misses, requests, episodes of misses. */
const SUMS = 5;

/** Sums over runs, one row of five a point: [points * SUMS]. */
export type FrontSums = Float64Array;

/** Runs on one traffic: by window and seed, the sums of every point. */
export interface TraceSums {
  readonly trace: string;
  readonly windows: readonly (readonly FrontSums[])[];
}

/** The points of one front, as places in the sums. */
export interface FrontPoints {
  readonly name: string;
  readonly points: readonly number[];
}

/** The runs of the sides of a comparison in the order in which they are drawn again: trace, window, seed. */
export interface FrontTable {
  /** By side the fronts of its training seeds; one where it has none. */
  readonly sides: readonly (readonly FrontPoints[])[];
  readonly points: number;
  readonly traces: readonly TraceSums[];
}

/** A point of a front: one setting at one price, its runs pooled. */
export interface FrontPoint extends Pooled {
  readonly missEpisodes: Requests;
}

/**
 * Adds up the runs of the sides. A window and seed counts only where every point of all of them was played, so that they are
 * compared on the same traffic and nothing else.
 */
export function sumFronts(contenders: readonly Contender[]): FrontTable {
  const index = new Map<string, number>();
  const rows = new Set<EvaluationRow>();
  const placeOf = (key: string): number => {
    if (!index.has(key)) index.set(key, index.size);
    return index.get(key) as number;
  };
  const sides = contenders.map(({ fronts }) =>
    fronts.map((front) => {
      for (const row of front.rows) rows.add(row);
      return { name: front.name, points: [...new Set(front.rows.map((row) => placeOf(pointKey(row))))] };
    }),
  );
  const traces = [...groupBy(rows, ({ traffic }) => sourceOf(traffic))].map(([trace, ofTrace]) => ({
    trace,
    windows: [...groupBy(ofTrace, ({ traffic }) => traffic).values()]
      .map((ofWindow) => sumSeeds(ofWindow, index))
      .filter((seeds) => seeds.length > 0),
  }));
  return { sides, points: index.size, traces: traces.filter(({ windows }) => windows.length > 0) };
}

function pointKey({ policy, setting, price }: EvaluationRow): string {
  return `${policy}\u0000${setting}\u0000${price}`;
}

function sumSeeds(rows: readonly EvaluationRow[], index: ReadonlyMap<string, number>): readonly FrontSums[] {
  return [...groupBy(rows, ({ seed }) => seed).values()].flatMap((ofSeed) => {
    const points = new Set(ofSeed.map(pointKey));
    if (points.size < index.size) return [];
    const sums = new Float64Array(SUMS * index.size);
    for (const row of ofSeed) {
      const at = SUMS * (index.get(pointKey(row)) as number);
      const { replicaHours, cost, missRate, requests, missEpisodes } = row;
      sums.set([replicaHours, replicaHours / cost, missRate * requests, requests, missEpisodes], at);
    }
    return [sums];
  });
}

/** The sums over all runs of a trace. */
export function totalOf({ windows }: TraceSums): FrontSums {
  return addAll(windows.flat());
}

/** The sums over as many windows of a trace, each with as many seeds, drawn with replacement. */
export function drawTotal({ windows }: TraceSums, rng: Rng): FrontSums {
  return addAll(resample(windows, rng).flatMap((seeds) => resample(seeds, rng)));
}

function addAll(runs: readonly FrontSums[]): FrontSums {
  const total = new Float64Array(runs[0]?.length ?? 0);
  for (const run of runs) for (let i = 0; i < total.length; i++) total[i] = (total[i] as number) + (run[i] as number);
  return total;
}

/** The points of a front as cost and misses: ratios of sums. */
export function pointsOf(sums: FrontSums, { points }: FrontPoints): readonly FrontPoint[] {
  return points.map((point) => {
    const at = SUMS * point;
    const of = (i: number): number => sums[at + i] as number;
    return { cost: of(0) / of(1), missRate: of(2) / of(3), missEpisodes: of(4) };
  });
}
