import { clamp } from '../base/numbers.js';
import type { Ratio, Replicas } from '../base/units.js';
import { CHANGEABLE_INPUTS, type ChangeableInput } from './changeable-inputs.js';
import type { DecideAll } from './decide-all.js';
import type { Decision, Refusal } from './decision.js';
import type { Situation } from './situation.js';

/** One input that would have had to be another for the decision to be another. */
export interface NearestChange {
  readonly input: string;
  readonly unit: string;
  readonly from: number;
  readonly to: number;
  /** |to - from| over the value, or over what counts as much (one replica's worth, the objective) where that is more. */
  readonly relative: Ratio;
  /** What the decision would have been. */
  readonly replicas: Replicas;
}

/** An input in one direction: at `inner` the decision is as it is. */
interface Way {
  readonly input: ChangeableInput;
  readonly from: number;
  readonly scale: number;
  readonly direction: 1 | -1;
  readonly range: readonly [number, number];
  inner: number;
}

/** A way on which the decision has become another at `outer`. */
interface Bracket {
  readonly way: Way;
  outer: number;
  replicas: Replicas;
}

/** How far to look, outwards: a fifth, as much again, four times as much. */
const REACHES: readonly Ratio[] = [0.2, 1, 3];
/** A bracket is narrow enough at this part of the change, or of the value. */
const PRECISION: Ratio = 0.03;
const FINEST: Ratio = 0.003;
const DIGITS = 3;

/**
 * The smallest relative change of one input, all else equal, that gives another count: outwards from the present value in three
 * reaches, then by halves between the farthest probe that changed nothing and the nearest that did. Exact for decisions that are
 * monotone in each input; otherwise the nearest that these probes show. `to` was probed itself: with it the decision is another.
 * Undefined where four times the value changes nothing. Deterministic where `decideAll` is; each round is one call of it.
 */
export async function findNearestChange(
  situation: Situation,
  decision: Decision,
  decideAll: DecideAll,
): Promise<NearestChange | undefined> {
  const probe = async (asked: readonly (readonly [Way, number])[]) => {
    const outcomes = await decideAll(asked.map(([{ input }, value]) => input.change(situation, value)));
    return asked.map(([way, value], i) => ({ way, value, replicas: otherCount(outcomes[i], decision) }));
  };
  const ways = waysFrom(situation);
  for (const reach of REACHES) {
    const asked = ways
      .map((way) => [way, valueAt(way, way.from + way.direction * reach * way.scale)] as const)
      .filter(([way, value]) => value !== way.inner);
    const brackets: Bracket[] = [];
    for (const { way, value, replicas } of await probe(asked)) {
      if (replicas === undefined) way.inner = value;
      else brackets.push({ way, outer: value, replicas });
    }
    if (brackets.length > 0) return toChange(await narrow(brackets, probe));
  }
  return undefined;
}

type Probe = (
  asked: readonly (readonly [Way, number])[],
) => Promise<readonly { readonly way: Way; readonly value: number; readonly replicas: Replicas | undefined }[]>;

/** Halves all brackets that may still hold the nearest change, until it is known well enough. */
async function narrow(brackets: readonly Bracket[], probe: Probe): Promise<Bracket> {
  for (;;) {
    const best = nearest(brackets);
    const rivals = brackets.filter(({ way }) => sizeAt(way, way.inner) < sizeAt(best.way, best.outer));
    const open = rivals.flatMap((bracket) => {
      const middle = middleOf(bracket);
      return middle === undefined ? [] : [{ bracket, middle }];
    });
    if (open.length === 0) return best;
    const probed = await probe(open.map(({ bracket, middle }) => [bracket.way, middle]));
    for (const [i, { bracket, middle }] of open.entries()) {
      const replicas = probed[i]?.replicas;
      if (replicas === undefined) bracket.way.inner = middle;
      else Object.assign(bracket, { outer: middle, replicas });
    }
  }
}

function waysFrom(situation: Situation): Way[] {
  return CHANGEABLE_INPUTS.flatMap((input) => {
    const from = input.read(situation);
    if (from === undefined || !Number.isFinite(from)) return [];
    const scale = Math.max(from, input.scale(situation));
    const common = { input, from, scale, range: input.range(situation), inner: from };
    return [
      { ...common, direction: 1 as const },
      { ...common, direction: -1 as const },
    ];
  });
}

/** The value to probe for one: legal, whole (and no farther) where only whole ones are, and short enough to be told as it is. */
function valueAt({ input, direction, range }: Way, value: number): number {
  const whole = input.isInteger ? (direction > 0 ? Math.floor(value) : Math.ceil(value)) : value;
  return clamp(input.isInteger ? whole : Number(whole.toPrecision(DIGITS)), ...range);
}

function middleOf({ way, outer }: Bracket): number | undefined {
  const { inner, scale } = way;
  const width = Math.abs(outer - inner) / scale;
  if (width <= Math.max(FINEST, PRECISION * sizeAt(way, outer))) return undefined;
  const middle = valueAt(way, (inner + outer) / 2);
  const isBetween = way.direction * (middle - inner) > 0 && way.direction * (outer - middle) > 0;
  return isBetween ? middle : undefined;
}

function nearest(brackets: readonly Bracket[]): Bracket {
  return brackets.reduce((best, one) => (sizeAt(one.way, one.outer) < sizeAt(best.way, best.outer) ? one : best));
}

function sizeAt({ from, scale }: Way, value: number): Ratio {
  return Math.abs(value - from) / scale;
}

function toChange({ way, outer, replicas }: Bracket): NearestChange {
  const { input, from } = way;
  return { input: input.name, unit: input.unit, from, to: outer, relative: sizeAt(way, outer), replicas };
}

/** Failures that say something of the moment, not of the input. */
const MOMENTARY: ReadonlySet<Decision['because']> = new Set([
  'KIS_MODEL_SLOW',
  'KIS_MODEL_INVALID',
  'KIS_MODEL_MISSING',
  'KIS_KILL_SWITCH',
]);

/** Whether a planner in a policy's place answers for a reason that no input changes. */
export function isMomentary(because: Decision['because']): boolean {
  return MOMENTARY.has(because);
}

/** The count of another decision; undefined where it is the same, or where nothing can be said. */
function otherCount(outcome: Decision | Refusal | undefined, decision: Decision): Replicas | undefined {
  if (outcome?.kind !== 'decision' || outcome.replicas === decision.replicas) return undefined;
  const isOfTheMoment = outcome.because !== decision.because && isMomentary(outcome.because);
  return isOfTheMoment ? undefined : outcome.replicas;
}
