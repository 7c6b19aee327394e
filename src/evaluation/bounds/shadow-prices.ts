import highsModule, { type LegacyHighs } from 'highs';
import type { Seconds } from '../../base/units.js';
import { type BoundProblem, type Slots, slotsOf, startSeconds, withoutProfit } from './lower-bound.js';

/** Its types are those of the CommonJS build; what is imported is the ES module, whose default export is the loader itself. */
const loadHighs = highsModule as unknown as typeof highsModule.default;
let highs: Promise<LegacyHighs> | undefined;

/**
 * Shadow prices of capacity [slots] that give a high lower bound: the optimum of the linear programme that `proveBound` is the
 * objective of, with the requests of a slot as one. HiGHS finds them; nothing is taken on trust from it, for any prices prove a
 * bound. Prices of 0 where it finds none.
 *
 * @param missSeconds replica-seconds that a miss is worth.
 */
export async function findShadowPrices(problem: BoundProblem, missSeconds: Seconds): Promise<Float64Array> {
  highs ??= loadHighs();
  const slots = slotsOf(problem);
  const { Columns } = (await highs).solve(formatProgramme(problem, slots, missSeconds)) as {
    readonly Columns: Readonly<Record<string, { readonly Primal?: number }>>;
  };
  const y = Float64Array.from(slots.requests, (_, k) => Columns[`y${k}`]?.Primal ?? 0);
  return withoutProfit(problem, y);
}

/**
 * In CPLEX LP format: prices y, their minima over the slots that work may wait for, q what the requests of a slot bring, f what
 * the best replica earns up to a slot.
 */
function formatProgramme(problem: BoundProblem, slots: Slots, missSeconds: Seconds): string {
  const { slot, minReplicas } = problem;
  const { requests, prefill, decode, prefillWait, decodeWait } = slots;
  const rows: string[] = [];
  const bounds: string[] = [];
  const early = addMinima('a', requests.length, prefillWait, rows);
  const late = addMinima('b', requests.length, decodeWait, rows);
  const objective: string[] = [];
  for (let k = 0; k < requests.length; k++) {
    if (minReplicas > 0) objective.push(`- ${slot * minReplicas} y${k}`);
    if ((requests[k] as number) > 0) {
      objective.push(`+ q${k}`);
      bounds.push(`0 <= q${k} <= ${missSeconds * (requests[k] as number)}`);
      rows.push(`q${k} - ${prefill[k]} ${early}${k} - ${decode[k]} ${late}${k} <= 0`);
    }
    bounds.push(`-inf <= f${k} <= 0`);
    rows.push(`f${k} - ${slot} y${k} >= ${-slot - startSeconds(problem, k)}`);
    if (k > 0) rows.push(`f${k} - f${k - 1} - ${slot} y${k} >= ${-slot}`);
  }
  return `Maximize\n${objective.join('\n')}\nSubject To\n${rows.join('\n')}\nBounds\n${bounds.join('\n')}\nEnd\n`;
}

/**
 * Rows that make variables NAME(i)_k no larger than any y from slot k to k + wait: minima of twice as many slots from two minima,
 * so that there are K log(wait) of them. The name of the last ones, without k.
 */
function addMinima(name: string, slots: number, wait: number, rows: string[]): string {
  let covered = 1;
  let below = 'y';
  for (let level = 0; covered < wait + 1; level++) {
    const step = Math.min(covered, wait + 1 - covered);
    const own = `${name}${level}_`;
    for (let k = 0; k < slots; k++) {
      rows.push(`${own}${k} - ${below}${k} <= 0`);
      if (k + step < slots) rows.push(`${own}${k} - ${below}${k + step} <= 0`);
    }
    covered += step;
    below = own;
  }
  return below;
}
