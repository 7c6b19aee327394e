import { exponential, logUniform, uniform } from '../../base/distributions.js';
import type { RequestsPerSecond, Seconds } from '../../base/units.js';
import type { RateFamily } from './patterns.js';
import { heldPath, pathOfKnots, sampledPath } from './rate-path.js';
import { cutPath } from './splice-path.js';

/** Busy spells at half to full rate between silences in which nothing at all arrives. */
export const onOff: RateFamily = ({ high, duration, options }, rng) => {
  const { on, off } = options ?? {};
  const busy = (): Seconds => (on === undefined ? logUniform(rng, 30, 300) : exponential(rng, on));
  const silent = (): Seconds => (off === undefined ? logUniform(rng, 45, 600) : exponential(rng, off));
  const spells = function* (): Generator<{ rate: RequestsPerSecond; span: Seconds }> {
    if (rng.next() < 0.5) yield { rate: 0, span: silent() };
    for (;;) {
      yield { rate: uniform(rng, 0.5, 1) * high, span: busy() };
      yield { rate: 0, span: silent() };
    }
  };
  return heldPath(spells(), duration);
};

/** A calm base and now and then a surge of 4 to 50 times that: a quick rise, a plateau, a fall. */
export const surges: RateFamily = ({ high, duration, options }, rng) => {
  const knots: [Seconds, RequestsPerSecond][] = [];
  const base = high / (options?.times ?? logUniform(rng, 4, 50));
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
  return cutPath(pathOfKnots([...knots, [Math.max(at, duration), base]]), 0, duration);
};

/** One rush from the lower to the upper bound within seconds, fading exponentially over minutes. */
export const flashCrowd: RateFamily = ({ low, high, duration }, rng) => {
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
