import { square } from '../../../src/base/power.js';
import type { Rng } from '../../../src/base/rng.js';
import { orthogonal } from '../../../src/training/orthogonal.js';

/** One dense layer's place in the flat parameters: weights [inputs][outputs] row-major, then biases [outputs]. */
interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: number;
  readonly biases: number;
}

/** Activations of one batch, kept for the backward pass: `values[0]` is the input, `values[i]` layer i's output, row-major. */
export interface Activations {
  readonly rows: number;
  readonly values: readonly Float64Array[];
}

/**
 * The same network in double precision and plain loops, as the textbook has it: what the kernels are compared with.
 */
export class ReferenceMlp {
  readonly parameters: Float64Array;
  readonly layers: readonly Layer[];

  /** @param sizes e.g. [49, 64, 64, 9]: inputs, hidden layers, outputs */
  constructor(sizes: readonly number[]) {
    let offset = 0;
    this.layers = sizes.slice(1).map((outputs, i) => {
      const inputs = sizes[i] as number;
      const layer = { inputs, outputs, weights: offset, biases: offset + inputs * outputs };
      offset = layer.biases + outputs;
      return layer;
    });
    this.parameters = new Float64Array(offset);
  }

  /** Orthogonal weights (Saxe et al. 2014) with gain sqrt(2), the last layer with `lastGain`; biases 0. */
  initialize(rng: Rng, lastGain: number): void {
    this.parameters.fill(0);
    for (const [i, layer] of this.layers.entries()) {
      const gain = i === this.layers.length - 1 ? lastGain : Math.SQRT2;
      const matrix = orthogonal(rng, layer.inputs, layer.outputs);
      for (let k = 0; k < matrix.length; k++) this.parameters[layer.weights + k] = gain * (matrix[k] as number);
    }
  }

  /** Runs `rows` inputs [rows][inputs]; the last of `values` holds the outputs [rows][outputs]. */
  forward(input: Float64Array, rows: number): Activations {
    const values: Float64Array[] = [input];
    for (const [i, layer] of this.layers.entries()) {
      const out = new Float64Array(rows * layer.outputs);
      this.#multiply(layer, values[i] as Float64Array, out, rows);
      if (i < this.layers.length - 1) for (let k = 0; k < out.length; k++) out[k] = Math.tanh(out[k] as number);
      values.push(out);
    }
    return { rows, values };
  }

  /**
   * Adds the gradient of a loss to `gradient` [parameters]. `outputGradient` [rows][outputs] is the loss's derivative by the
   * outputs; it is not changed.
   */
  backward({ rows, values }: Activations, outputGradient: Float64Array, gradient: Float64Array): void {
    let upstream = outputGradient;
    for (let i = this.layers.length - 1; i >= 0; i--) {
      const layer = this.layers[i] as Layer;
      const input = values[i] as Float64Array;
      this.#accumulate(layer, input, upstream, gradient, rows);
      if (i === 0) return;
      const down = new Float64Array(rows * layer.inputs);
      this.#backpropagate(layer, upstream, down, rows);
      for (let k = 0; k < down.length; k++) down[k] = (down[k] as number) * (1 - square(input[k] as number));
      upstream = down;
    }
  }

  #multiply({ inputs, outputs, weights, biases }: Layer, input: Float64Array, out: Float64Array, rows: number): void {
    const p = this.parameters;
    for (let row = 0; row < rows; row++) {
      const to = row * outputs;
      for (let j = 0; j < outputs; j++) out[to + j] = p[biases + j] as number;
      for (let i = 0; i < inputs; i++) {
        const x = input[row * inputs + i] as number;
        const from = weights + i * outputs;
        for (let j = 0; j < outputs; j++) out[to + j] = (out[to + j] as number) + x * (p[from + j] as number);
      }
    }
  }

  #accumulate(layer: Layer, input: Float64Array, upstream: Float64Array, gradient: Float64Array, rows: number): void {
    const { inputs, outputs, weights, biases } = layer;
    for (let row = 0; row < rows; row++) {
      const at = row * outputs;
      for (let j = 0; j < outputs; j++)
        gradient[biases + j] = (gradient[biases + j] as number) + (upstream[at + j] as number);
      for (let i = 0; i < inputs; i++) {
        const x = input[row * inputs + i] as number;
        const to = weights + i * outputs;
        for (let j = 0; j < outputs; j++)
          gradient[to + j] = (gradient[to + j] as number) + x * (upstream[at + j] as number);
      }
    }
  }

  #backpropagate({ inputs, outputs, weights }: Layer, upstream: Float64Array, down: Float64Array, rows: number): void {
    const p = this.parameters;
    for (let row = 0; row < rows; row++) {
      const at = row * outputs;
      for (let i = 0; i < inputs; i++) {
        const from = weights + i * outputs;
        let sum = 0;
        for (let j = 0; j < outputs; j++) sum += (p[from + j] as number) * (upstream[at + j] as number);
        down[row * inputs + i] = sum;
      }
    }
  }
}
