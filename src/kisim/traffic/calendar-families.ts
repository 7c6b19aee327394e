import { uniform } from '../../base/distributions.js';
import { clamp } from '../../base/numbers.js';
import type { Rng } from '../../base/rng.js';
import type { Seconds } from '../../base/units.js';
import type { RateFamily } from './patterns.js';
import { sampledPath } from './rate-path.js';

const DAY: Seconds = 86_400;
const DAYS = 7;
const WEEKDAYS = 5;
/** Samples of a day: a quarter of an hour each. */
const SAMPLES = 96;
/** The two quietest days in a row of ServeGen's m-large bring 0.6 of its mean day. */
const WEEKEND = 0.6;

/** A day with a second harmonic, compressed when the run is shorter than a day. */
export const diurnal: RateFamily = ({ low, high, duration }, rng) => {
  const period = Math.min(DAY, uniform(rng, 0.4, 1) * duration);
  const wave = drawWave(rng, uniform(rng, 0, 2 * Math.PI));
  return sampledPath((at) => low + (high - low) * wave(at / period), duration, Math.min(60, period / 120));
};

/**
 * A week of days that are quiet around midnight, five as they are and two (the sixth and the seventh) times the weekend's factor;
 * compressed when the run is shorter than a week.
 */
export const weekly: RateFamily = ({ low, high, duration, options }, rng) => {
  const day = Math.min(DAY, duration / DAYS);
  const weekend = options?.weekend ?? WEEKEND;
  const wave = drawWave(rng, -Math.PI / 2 + uniform(rng, -0.6, 0.6));
  const shape = (at: Seconds): number => {
    const factor = Math.floor(at / day) % DAYS < WEEKDAYS ? 1 : weekend;
    return factor * (low + (high - low) * wave(at / day));
  };
  return sampledPath(shape, duration, day / SAMPLES);
};

/** A wave between 0 and 1 with period 1 that rises through its middle at the given phase. */
function drawWave(rng: Rng, phase: number): (periods: number) => number {
  const second = uniform(rng, 0, 0.4);
  return (periods) => {
    const angle = 2 * Math.PI * periods + phase;
    return clamp(0.5 + (0.5 * (Math.sin(angle) + second * Math.sin(2 * angle + 1))) / (1 + second), 0, 1);
  };
}
