import { groupBy } from '../../base/group-by.js';
import { sourceOf } from '../matrix/matrix.js';
import type { Pooled } from '../pool-rows.js';
import type { EvaluationRow } from '../row.js';

/** Sums of one point: replica-hours, offered replica-hours, misses, requests. */
const SUMS = 4;

/** Sums over runs, one row of four a point: [points * SUMS]. */
export type FrontSums = Float64Array;

/** The runs of two policies on one window: by seed, the sums of every point of both. */
export interface WindowSums {
  readonly window: string;
  readonly seeds: readonly FrontSums[];
}

/** Two policies' runs in the order in which they are drawn again: source, window, seed. */
export interface FrontTable {
  /** Points of the first policy; the other points are the second one's. */
  readonly ownPoints: number;
  readonly points: number;
  readonly sources: readonly { readonly source: string; readonly windows: readonly WindowSums[] }[];
}

/** A point of a front: one setting at one price. */
export function pointOf({ policy, setting, price }: EvaluationRow): string {
  return `${policy}\u0000${setting}\u0000${price}`;
}

/**
 * Adds up the runs of two policies. A window and seed counts only where every point of both was played, so that the two are
 * compared on the same traffic and nothing else.
 */
export function sumFronts(rows: readonly EvaluationRow[], policy: string, reference: string): FrontTable {
  const pointsBy = (name: string): readonly string[] => [
    ...groupBy(
      rows.filter((row) => row.policy === name),
      pointOf,
    ).keys(),
  ];
  const own = pointsBy(policy);
  const others = reference === policy ? [] : pointsBy(reference);
  const index = new Map([...own, ...others].map((name, i) => [name, i]));
  const both = rows.filter((row) => row.policy === policy || row.policy === reference);
  const sources = [...groupBy(both, ({ traffic }) => sourceOf(traffic))].map(([source, ofSource]) => ({
    source,
    windows: [...groupBy(ofSource, ({ traffic }) => traffic)]
      .map(([window, ofWindow]) => ({ window, seeds: sumSeeds(ofWindow, index) }))
      .filter(({ seeds }) => seeds.length > 0),
  }));
  return {
    ownPoints: own.length,
    points: index.size,
    sources: sources.filter(({ windows }) => windows.length > 0),
  };
}

function sumSeeds(rows: readonly EvaluationRow[], index: ReadonlyMap<string, number>): readonly FrontSums[] {
  return [...groupBy(rows, ({ seed }) => seed).values()].flatMap((ofSeed) => {
    const points = new Set(ofSeed.map(pointOf));
    if (points.size < index.size) return [];
    const sums = new Float64Array(SUMS * index.size);
    for (const row of ofSeed) {
      const at = SUMS * (index.get(pointOf(row)) as number);
      sums.set([row.replicaHours, row.replicaHours / row.cost, row.missRate * row.requests, row.requests], at);
    }
    return [sums];
  });
}

/** Adds `more` to `total`, number by number. */
export function addSums(total: FrontSums, more: FrontSums): void {
  for (let i = 0; i < total.length; i++) total[i] = (total[i] as number) + (more[i] as number);
}

/** Points from..to as cost and misses: ratios of sums. */
export function pointsOf(sums: FrontSums, from: number, to: number): readonly Pooled[] {
  return Array.from({ length: to - from }, (_, i) => {
    const [hours = 0, offered = 0, misses = 0, requests = 0] = sums.subarray(SUMS * (from + i), SUMS * (from + i + 1));
    return { cost: hours / offered, missRate: misses / requests };
  });
}
