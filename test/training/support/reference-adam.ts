import { power, square } from '../../../src/base/power.js';

/** Adam (Kingma and Ba 2015), epsilon 1e-5 as PPO implementations use it. */
export class ReferenceAdam {
  readonly #mean: Float64Array;
  readonly #variance: Float64Array;
  #steps = 0;

  constructor(parameters: number) {
    this.#mean = new Float64Array(parameters);
    this.#variance = new Float64Array(parameters);
  }

  /** One descent step along `gradient`, which is first scaled down to a norm of at most `maxNorm`. */
  step(parameters: Float64Array, gradient: Float64Array, learningRate: number, maxNorm: number): void {
    let squares = 0;
    for (let i = 0; i < gradient.length; i++) squares += square(gradient[i] as number);
    const scale = Math.min(1, maxNorm / (Math.sqrt(squares) + 1e-6));
    this.#steps++;
    const meanBias = 1 - power(0.9, this.#steps);
    const varianceBias = 1 - power(0.999, this.#steps);
    for (let i = 0; i < parameters.length; i++) {
      const g = (gradient[i] as number) * scale;
      const m = 0.9 * (this.#mean[i] as number) + 0.1 * g;
      const v = 0.999 * (this.#variance[i] as number) + 0.001 * g * g;
      this.#mean[i] = m;
      this.#variance[i] = v;
      parameters[i] =
        (parameters[i] as number) - (learningRate * (m / meanBias)) / (Math.sqrt(v / varianceBias) + 1e-5);
    }
  }
}
