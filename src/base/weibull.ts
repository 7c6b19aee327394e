import { power } from './power.js';
import type { Rng } from './rng.js';
import { standardExponential } from './ziggurat.js';

/** P(X > x) = exp(-(x / scale)^shape), both > 0; heavier than exponential for shapes below 1. */
export interface WeibullLaw {
  readonly shape: number;
  readonly scale: number;
}

/** One draw; in the unit of the scale. */
export function weibull(rng: Rng, { shape, scale }: WeibullLaw): number {
  return scale * power(standardExponential(rng), 1 / shape);
}

/** The Weibull law with mean 1 and the given coefficient of variation, from 0.01 to 1000 (shape 122 to 0.09). */
export function weibullOfCv(cv: number): WeibullLaw {
  const wanted = Math.log1p(cv * cv);
  // The variation falls as the shape grows: bisection on the logarithm of the shape, to the last bits.
  let low = Math.log(0.05);
  let high = Math.log(200);
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (logSecondMoment(Math.exp(middle)) > wanted) low = middle;
    else high = middle;
  }
  const shape = Math.exp((low + high) / 2);
  return { shape, scale: Math.exp(-logGamma(1 + 1 / shape)) };
}

/** ln(E X^2 / (E X)^2). */
function logSecondMoment(shape: number): number {
  return logGamma(1 + 2 / shape) - 2 * logGamma(1 + 1 / shape);
}

const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188] as const;

/** ln Gamma(x) for x >= 1: Stirling's series above 10, shifted there by the recurrence; relative error below 1e-13. */
export function logGamma(x: number): number {
  let shift = 0;
  let at = x;
  for (; at < 10; at++) shift += Math.log(at);
  const inverse = 1 / at;
  let series = 0;
  for (let i = STIRLING.length - 1; i >= 0; i--) series = (STIRLING[i] as number) + series * inverse * inverse;
  return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series * inverse - shift;
}
