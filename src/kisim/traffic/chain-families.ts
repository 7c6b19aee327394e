import { exponential, logUniform, normal, uniform, uniformInteger } from '../../base/distributions.js';
import type { Rng } from '../../base/rng.js';
import type { RequestsPerSecond, Seconds } from '../../base/units.js';
import type { RateFamily } from './patterns.js';
import { heldPath, pathOfKnots } from './rate-path.js';

const WALK_STEP: Seconds = 15;

/** Random walk of the logarithm, reflected at both bounds, a step every 15 s. */
export const randomWalk: RateFamily = ({ low, high, duration }, rng) => {
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

/** Markov-modulated Poisson process: two to four levels, exponential stays, every other level equally likely next. */
export const mmpp: RateFamily = ({ low, high, duration, options }, rng) => {
  const levels = options?.levels ?? drawLevels(low, high, rng);
  const stay = options?.stay ?? logUniform(rng, 20, 300);
  const states = function* (): Generator<{ rate: RequestsPerSecond; span: Seconds }> {
    let state = uniformInteger(rng, 0, levels.length - 1);
    for (;;) {
      yield { rate: levels[state] as number, span: Math.max(1, exponential(rng, stay)) };
      state = (state + uniformInteger(rng, 1, levels.length - 1)) % levels.length;
    }
  };
  return heldPath(states(), duration);
};

function drawLevels(low: RequestsPerSecond, high: RequestsPerSecond, rng: Rng): readonly RequestsPerSecond[] {
  const smallest = Math.max(low, high / 30, 1e-6);
  return Array.from({ length: uniformInteger(rng, 2, 4) }, (_, i) =>
    i === 0 ? high : logUniform(rng, smallest, Math.max(smallest, high)),
  );
}
