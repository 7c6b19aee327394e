import type { Rng } from '../../base/rng.js';
import { geometricMean, mean, quantileSorted } from '../../base/statistics.js';
import type { Ratio } from '../../base/units.js';
import { type Interval, resample } from '../bootstrap.js';
import { drawTotal, type FrontTable } from './front-sums.js';
import { sideAtLevel } from './side-at-level.js';

const RESAMPLES = 1000;
/** An interval is given where at least so many of the resamples can be told. */
const ENOUGH = 0.9;

/** Costs, or ratios of costs, as they come out when the runs are drawn again and again. */
export interface Draws {
  /** Geometric mean over the traces of a draw; draws of which no trace can be told are left out. */
  readonly means: readonly number[];
  readonly byTrace: ReadonlyMap<string, readonly number[]>;
}

/** Draws the runs of the table again and again: of one side its cost, of two their ratio. */
export function drawRatios(table: FrontTable, level: Ratio, rng: Rng): Draws {
  const means: number[] = [];
  const byTrace = new Map(table.traces.map(({ trace }) => [trace, [] as number[]]));
  for (let i = 0; i < RESAMPLES && table.traces.length > 0; i++) {
    // Training seeds are the same on every trace: a bad one is bad for all of a draw.
    const fronts = table.sides.map((side) => resample(side, rng));
    const ratios = resample(table.traces, rng).flatMap((trace) => {
      const sums = drawTotal(trace, rng);
      const costs = fronts.map((drawn) => sideAtLevel(drawn, sums, level)?.cost);
      const [own, other] = table.sides.length === 1 ? [costs[0], 1] : costs;
      if (own === undefined || other === undefined) return [];
      byTrace.get(trace.trace)?.push(own / other);
      return [own / other];
    });
    if (ratios.length > 0) means.push(geometricMean(ratios));
  }
  return { means, byTrace };
}

/** The estimate of all runs with the central 95 % of the draws; undefined where nothing, or too little, can be told. */
export function intervalOf(ratios: readonly number[], drawn: readonly number[]): Interval | undefined {
  if (ratios.length === 0 || drawn.length < ENOUGH * RESAMPLES) return undefined;
  const sorted = [...drawn].sort((a, b) => a - b);
  return { estimate: geometricMean(ratios), low: quantileSorted(sorted, 0.025), high: quantileSorted(sorted, 0.975) };
}

/** Standard deviation of the logarithms; undefined for fewer than two. */
export function spreadOf(ratios: readonly number[]): number | undefined {
  if (ratios.length < 2) return undefined;
  const logs = ratios.map(Math.log);
  const centre = mean(logs);
  return Math.sqrt(mean(logs.map((one) => (one - centre) * (one - centre))));
}
