import { clamp } from '../../base/numbers.js';
import type { Rng } from '../../base/rng.js';
import { isChoice, type NumberSetting, type SettingSpecs, type Settings } from '../../policies/settings.js';

/** Digits of a swept value: what a person would write. */
const DIGITS = 3;

/**
 * So many settings to try: first none, the law at its authors' constants, then a Latin hypercube (McKay, Beckman and Conover
 * 1979) over the ranges that the settings declare. Each setting has a stream of its own. Every one of the count - 1 strata of
 * every setting is met exactly once.
 */
export function drawTrials(specs: SettingSpecs, count: number, rng: Rng): readonly Settings[] {
  const strata = count - 1;
  const columns = Object.entries(specs).map(([name, spec]) => {
    const own = rng.stream(name);
    const order = shuffled(strata, own);
    return { name, values: order.map((stratum) => valueAt(spec, (stratum + own.next()) / strata)) };
  });
  const drawn = Array.from({ length: strata }, (_, i) =>
    Object.fromEntries(columns.map(({ name, values }) => [name, values[i] as number | string])),
  );
  return [{}, ...drawn];
}

/** The value of a setting at `position` in [0, 1) of its range. */
function valueAt(spec: SettingSpecs[string], position: number): number | string {
  if (isChoice(spec)) {
    const { choices, sweep = choices } = spec;
    return sweep[Math.floor(position * sweep.length)] as string;
  }
  const [low, high] = spec.sweep ?? [spec.min, spec.max];
  if (spec.isInteger) return Math.min(high, low + Math.floor(position * (high - low + 1)));
  return clamp(Number(onScale(spec, low, high, position).toPrecision(DIGITS)), low, high);
}

function onScale({ scale }: NumberSetting, low: number, high: number, position: number): number {
  return scale === 'log' ? low * Math.exp(position * Math.log(high / low)) : low + position * (high - low);
}

/** The numbers below `count` in random order (Fisher and Yates). */
export function shuffled(count: number, rng: Rng): readonly number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(rng.next() * (i + 1));
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
}
