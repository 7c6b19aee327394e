import { exponential, gamma } from '../../base/distributions.js';
import { power } from '../../base/power.js';
import type { Rng } from '../../base/rng.js';
import { type WeibullLaw, weibull, weibullOfCv } from '../../base/weibull.js';

/** What the gaps between requests look like beyond their mean and variation. */
export type GapFamily = 'Gamma' | 'Weibull';

/** Gaps between requests in units of their mean. */
export interface Gaps {
  /** The next gap; mean 1. */
  draw(rng: Rng): number;
  /**
   * Time to the first request for someone who begins to look at any moment: from then on the stream is stationary, and the
   * expected count of a span is its length (Cox 1962, "Renewal theory", chapter 5). A uniform share of a length-biased gap.
   */
  drawFirst(rng: Rng): number;
}

/** Gaps of a family with the given coefficient of variation (> 0); 1 is Poisson in both families. */
export function gapsOf(family: GapFamily, cv: number): Gaps {
  if (cv === 1) return POISSON;
  return family === 'Gamma' ? new GammaGaps(1 / (cv * cv)) : new WeibullGaps(weibullOfCv(cv));
}

const POISSON: Gaps = { draw: (rng) => exponential(rng, 1), drawFirst: (rng) => exponential(rng, 1) };

class GammaGaps implements Gaps {
  readonly #shape: number;

  constructor(shape: number) {
    this.#shape = shape;
  }

  draw(rng: Rng): number {
    return gamma(rng, this.#shape, 1);
  }

  /** A length-biased Gamma is a Gamma of one shape more at the same scale. */
  drawFirst(rng: Rng): number {
    return rng.next() * gamma(rng, this.#shape + 1, (this.#shape + 1) / this.#shape);
  }
}

class WeibullGaps implements Gaps {
  readonly #law: WeibullLaw;

  constructor(law: WeibullLaw) {
    this.#law = law;
  }

  draw(rng: Rng): number {
    return weibull(rng, this.#law);
  }

  /** (X / scale)^k of a length-biased Weibull is Gamma with shape 1 + 1/k and scale 1. */
  drawFirst(rng: Rng): number {
    const { shape, scale } = this.#law;
    const biased = 1 + 1 / shape;
    return rng.next() * scale * power(gamma(rng, biased, biased), 1 / shape);
  }
}
