import { uniform } from '../../base/distributions.js';
import type { Rng } from '../../base/rng.js';
import type { RequestsPerSecond, Seconds } from '../../base/units.js';
import { pathOfKnots, type RatePath, stepPath } from './rate-path.js';

/** Rate bounds and length of a pattern; 0 <= low <= high, duration > 0. */
export interface RateShape {
  readonly low: RequestsPerSecond;
  readonly high: RequestsPerSecond;
  readonly duration: Seconds;
  readonly options?: FamilyOptions;
}

/** What some families let their user say instead of drawing it. */
export interface FamilyOptions {
  /** `weekly`: rate at the weekend over that of a weekday, >= 0. */
  readonly weekend?: number;
  /** `surges`: highest rate over the calm one, > 1. */
  readonly times?: number;
  /** `mmpp`: the rates to jump between, at least two, and the mean stay at one. */
  readonly levels?: readonly RequestsPerSecond[];
  readonly stay?: Seconds;
  /** `on-off`: mean lengths of busy spells and of silences. */
  readonly on?: Seconds;
  readonly off?: Seconds;
}

export type RateFamily = (shape: RateShape, rng: Rng) => RatePath;

const RAMP_STEPS = 20;
const PERIODIC_STEPS = 60;
const PERIODS = 3;
const RANDOM_HOLD: Seconds = 30;

/** The upper bound all the time. */
const constant: RateFamily = ({ high, duration }) =>
  pathOfKnots([
    [0, high],
    [duration, high],
  ]);

const ramp: RateFamily = ({ low, high, duration }) =>
  stepPath(
    Array.from({ length: RAMP_STEPS }, (_, i) => low + ((high - low) * (i + 1)) / RAMP_STEPS),
    duration,
  );

const spike: RateFamily = ({ low, high, duration }) =>
  stepPath([low, low, low, high, high, high, high, low, low, low], duration);

const periodic: RateFamily = ({ low, high, duration }) =>
  stepPath(
    Array.from(
      { length: PERIODIC_STEPS },
      (_, i) => low + (high - low) * (0.5 + 0.5 * Math.sin((2 * Math.PI * PERIODS * i) / PERIODIC_STEPS)),
    ),
    duration,
  );

const random: RateFamily = ({ low, high, duration }, rng) =>
  stepPath(
    Array.from({ length: Math.max(1, Math.round(duration / RANDOM_HOLD)) }, () => uniform(rng, low, high)),
    duration,
  );

/**
 * The four load patterns of KIS-S (arXiv 2507.07932, repository GuilinDev/KISim) in open-loop form, and a constant one. There
 * users with a think time rise and fall between two numbers; here the request rate does: ramp in 20 steps, spike 30 / 40 / 30 %,
 * periodic with three periods in 60 steps, random with a new level every 30 s.
 */
export const PATTERNS = { constant, ramp, spike, periodic, random } as const satisfies Record<string, RateFamily>;
