import { exponential, logUniform, normal, uniform, uniformInteger } from '../../base/distributions.js';
import { clamp } from '../../base/numbers.js';
import type { Rng } from '../../base/rng.js';
import type { RequestsPerSecond, Seconds } from '../../base/units.js';
import { PATTERNS, type RateFamily } from './patterns.js';
import { heldPath, pathOfKnots, type RatePath, sampledPath } from './rate-path.js';

const DAY: Seconds = 86_400;
const WALK_STEP: Seconds = 15;

/** Busy spells at half to full rate between silences in which nothing at all arrives. */
const onOff: RateFamily = ({ high, duration }, rng) => {
  const spells = function* (): Generator<{ rate: RequestsPerSecond; span: Seconds }> {
    if (rng.next() < 0.5) yield { rate: 0, span: logUniform(rng, 45, 600) };
    for (;;) {
      yield { rate: uniform(rng, 0.5, 1) * high, span: logUniform(rng, 30, 300) };
      yield { rate: 0, span: logUniform(rng, 45, 600) };
    }
  };
  return heldPath(spells(), duration);
};

/** A calm base and now and then a surge of 4 to 50 times that: a quick rise, a plateau, a fall. */
const surges: RateFamily = ({ high, duration }, rng) => {
  const knots: [Seconds, RequestsPerSecond][] = [];
  const base = high / logUniform(rng, 4, 50);
  let at = 0;
  knots.push([0, base]);
  for (;;) {
    const start = at + logUniform(rng, 120, 900);
    if (start >= duration) break;
    const top = base + (high - base) * uniform(rng, 0.5, 1);
    const full = start + uniform(rng, 1, 30);
    const fall = full + logUniform(rng, 20, 240);
    at = fall + uniform(rng, 5, 60);
    knots.push([start, base], [full, top], [fall, top], [at, base]);
  }
  return cutPath([...knots, [Math.max(at, duration), base]], duration);
};

/** Random walk of the logarithm, reflected at both bounds, a step every 15 s. */
const randomWalk: RateFamily = ({ low, high, duration }, rng) => {
  const floor = Math.log(Math.max(low, high / 50, 1e-6));
  const ceiling = Math.max(floor, Math.log(Math.max(high, 1e-6)));
  const sigma = logUniform(rng, 0.05, 0.4);
  let level = uniform(rng, floor, ceiling);
  const knots: [Seconds, RequestsPerSecond][] = [];
  for (let at = 0; at < duration + WALK_STEP; at += WALK_STEP) {
    knots.push([Math.min(at, duration), Math.exp(level)]);
    level += sigma * normal(rng);
    if (level > ceiling) level = Math.max(floor, 2 * ceiling - level);
    if (level < floor) level = Math.min(ceiling, 2 * floor - level);
  }
  return pathOfKnots(knots);
};

/** Markov-modulated Poisson process: two to four levels, exponential stays. */
const mmpp: RateFamily = ({ low, high, duration }, rng) => {
  const smallest = Math.max(low, high / 30, 1e-6);
  const levels = Array.from({ length: uniformInteger(rng, 2, 4) }, (_, i) =>
    i === 0 ? high : logUniform(rng, smallest, Math.max(smallest, high)),
  );
  const stay = logUniform(rng, 20, 300);
  const states = function* (): Generator<{ rate: RequestsPerSecond; span: Seconds }> {
    let state = uniformInteger(rng, 0, levels.length - 1);
    for (;;) {
      yield { rate: levels[state] as number, span: Math.max(1, exponential(rng, stay)) };
      state = (state + uniformInteger(rng, 1, levels.length - 1)) % levels.length;
    }
  };
  return heldPath(states(), duration);
};

/** One rush from the lower to the upper bound within seconds, fading exponentially over minutes. */
const flashCrowd: RateFamily = ({ low, high, duration }, rng) => {
  const start = uniform(rng, 0.1, 0.5) * duration;
  const rise = uniform(rng, 5, 60);
  const fade = logUniform(rng, 120, 600);
  const shape = (at: Seconds): RequestsPerSecond => {
    if (at < start) return low;
    if (at < start + rise) return low + ((high - low) * (at - start)) / rise;
    return low + (high - low) * Math.exp(-(at - start - rise) / fade);
  };
  return sampledPath(shape, duration, Math.min(5, duration / 20));
};

/** A day with a second harmonic, compressed when the run is shorter than a day. */
const diurnal: RateFamily = ({ low, high, duration }, rng) => {
  const period = Math.min(DAY, uniform(rng, 0.4, 1) * duration);
  const phase = uniform(rng, 0, 2 * Math.PI);
  const second = uniform(rng, 0, 0.4);
  const shape = (at: Seconds): RequestsPerSecond => {
    const angle = (2 * Math.PI * at) / period + phase;
    const wave = (Math.sin(angle) + second * Math.sin(2 * angle + 1)) / (1 + second);
    return low + (high - low) * clamp(0.5 + 0.5 * wave, 0, 1);
  };
  return sampledPath(shape, duration, Math.min(60, period / 120));
};

function cutPath(knots: readonly (readonly [Seconds, RequestsPerSecond])[], duration: Seconds): RatePath {
  const kept: [Seconds, RequestsPerSecond][] = [];
  for (const [at, rate] of knots) {
    const previous = kept[kept.length - 1];
    if (at <= duration) kept.push([at, rate]);
    else {
      const [from, level] = previous ?? [0, rate];
      if (from < duration) kept.push([duration, level + ((rate - level) * (duration - from)) / (at - from)]);
      break;
    }
  }
  return pathOfKnots(kept);
}

/** Every synthetic family by name; each draws its shape from the stream it is given and stays within [0, high]. */
export const RATE_FAMILIES = {
  ...PATTERNS,
  'on-off': onOff,
  surges,
  'random-walk': randomWalk,
  mmpp,
  'flash-crowd': flashCrowd,
  diurnal,
} as const satisfies Record<string, RateFamily>;

export type RateFamilyName = keyof typeof RATE_FAMILIES;

export const RATE_FAMILY_NAMES = Object.keys(RATE_FAMILIES) as readonly RateFamilyName[];

/** The path of a family, its shape drawn from `rng` (stream `shape`). */
export function drawPath(family: RateFamilyName, shape: Parameters<RateFamily>[0], rng: Rng): RatePath {
  return RATE_FAMILIES[family](shape, rng.stream('shape'));
}
