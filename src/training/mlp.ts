import { power } from '../base/power.js';
import type { Rng } from '../base/rng.js';
import { KernelMemory } from './kernels/kernels.js';
import { orthogonal } from './orthogonal.js';

/** Vectors hold four numbers: rows of weights and activations are padded with zeros to a multiple of that. */
const LANES = 4;
const padded = (width: number): number => Math.ceil(width / LANES) * LANES;

/** One dense layer; views into the network's memory, so that writing them changes the network. */
export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  /** Numbers from one row to the next, >= outputs. */
  readonly stride: number;
  /** [inputs, padded][stride], row-major. */
  readonly weights: Float32Array;
  /** [stride]. */
  readonly biases: Float32Array;
}

/** Where the training of a network stands: its weights, and Adam's moments and steps. */
export interface MlpSnapshot {
  readonly parameters: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly steps: number;
}

interface Workspace {
  readonly rows: number;
  readonly weightGradient: Float32Array;
  readonly biasGradient: Float32Array;
  /** What comes out of the layer [maxRows][stride], and the loss's derivative by it. */
  readonly output: Float32Array;
  readonly upstream: Float32Array;
}

/**
 * A multilayer perceptron with tanh between its layers and a linear end, in single precision on WebAssembly vectors: the same
 * bits on every machine. Trained by Adam (Kingma and Ba 2015; epsilon 1e-5 as PPO implementations use it) on gradients whose
 * norm is bounded first.
 */
export class Mlp {
  readonly layers: readonly Layer[];
  /** All weights and biases, padding included, which stays 0. */
  readonly parameters: Float32Array;
  /** The gradient of the last `backward`, laid out as `parameters`. */
  readonly gradient: Float32Array;
  readonly #maxRows: number;
  readonly #memory: KernelMemory;
  readonly #work: readonly Workspace[];
  readonly #input: Float32Array;
  readonly #mean: Float32Array;
  readonly #variance: Float32Array;
  #rows = 0;
  #steps = 0;

  /**
   * @param sizes e.g. [49, 64, 64, 9]: inputs, hidden layers, outputs
   * @param maxRows most rows of one `forward`
   */
  constructor(sizes: readonly number[], maxRows: number) {
    this.#maxRows = maxRows;
    const shapes = sizes.slice(1).map((outputs, i) => {
      const inputs = sizes[i] as number;
      // What the layer before pads, this one multiplies by zeros.
      return { inputs, rows: i === 0 ? inputs : padded(inputs), outputs, stride: padded(outputs) };
    });
    const count = shapes.reduce((sum, { rows, stride }) => sum + (rows + 1) * stride, 0);
    const size = padded(count);
    const activations = maxRows * shapes.reduce((sum, { stride }) => sum + 2 * stride, padded(sizes[0] ?? 0));
    this.#memory = new KernelMemory(4 * size + activations);
    this.parameters = this.#memory.allocate(size);
    this.gradient = this.#memory.allocate(size);
    this.#mean = this.#memory.allocate(size);
    this.#variance = this.#memory.allocate(size);
    this.#input = this.#memory.allocate(padded(maxRows * (sizes[0] ?? 0)));
    let offset = 0;
    const part = (from: Float32Array, start: number, length: number): Float32Array =>
      from.subarray(start, start + length);
    const layers: Layer[] = [];
    this.#work = shapes.map(({ inputs, rows, outputs, stride }) => {
      const biases = offset + rows * stride;
      const weights = part(this.parameters, offset, rows * stride);
      layers.push({ inputs, outputs, stride, weights, biases: part(this.parameters, biases, stride) });
      const work = {
        rows,
        weightGradient: part(this.gradient, offset, rows * stride),
        biasGradient: part(this.gradient, biases, stride),
        output: this.#memory.allocate(maxRows * stride),
        upstream: this.#memory.allocate(maxRows * stride),
      };
      offset = biases + stride;
      return work;
    });
    this.layers = layers;
  }

  /** Orthogonal weights (Saxe et al. 2014) with gain sqrt(2), the last layer with `lastGain`; biases 0. */
  initialize(rng: Rng, lastGain: number): void {
    this.parameters.fill(0);
    for (const [i, { inputs, outputs, stride, weights }] of this.layers.entries()) {
      const gain = i === this.layers.length - 1 ? lastGain : Math.SQRT2;
      const matrix = orthogonal(rng, inputs, outputs);
      for (let row = 0; row < inputs; row++)
        for (let j = 0; j < outputs; j++) weights[row * stride + j] = gain * (matrix[row * outputs + j] as number);
    }
  }

  /** The weights, and all that Adam goes on from; copies. */
  snapshot(): MlpSnapshot {
    return {
      parameters: this.parameters.slice(),
      mean: this.#mean.slice(),
      variance: this.#variance.slice(),
      steps: this.#steps,
    };
  }

  /** Goes on from where a network of the same sizes was. */
  restore({ parameters, mean, variance, steps }: MlpSnapshot): void {
    this.parameters.set(parameters);
    this.#mean.set(mean);
    this.#variance.set(variance);
    this.#steps = steps;
  }

  /** Runs `rows` inputs [rows][inputs]; returns a copy of the outputs [rows][outputs]. Throws RangeError above `maxRows`. */
  forward(input: Float32Array, rows: number): Float32Array {
    if (rows > this.#maxRows) throw new RangeError(`${rows} rows, at most ${this.#maxRows}`);
    const { kernels } = this.#memory;
    this.#rows = rows;
    this.#input.set(input);
    let from = this.#input;
    for (const [i, { stride, weights, biases }] of this.layers.entries()) {
      const { rows: inputs, output } = this.#work[i] as Workspace;
      kernels.dense(from.byteOffset, weights.byteOffset, biases.byteOffset, output.byteOffset, rows, inputs, stride);
      if (i < this.layers.length - 1) kernels.tanhInPlace(output.byteOffset, rows * stride);
      from = output;
    }
    return this.#unpad(from, rows);
  }

  /** The gradient of a loss, to `gradient`; `outputGradient` [rows][outputs] is its derivative by the outputs of the last `forward`. */
  backward(outputGradient: Float32Array): void {
    const { kernels } = this.#memory;
    const rows = this.#rows;
    this.#pad(outputGradient, rows);
    for (let i = this.layers.length - 1; i >= 0; i--) {
      const { stride, weights } = this.layers[i] as Layer;
      const { rows: inputs, weightGradient, biasGradient, upstream } = this.#work[i] as Workspace;
      const below = this.#work[i - 1];
      const x = below ? below.output : this.#input;
      kernels.weightGradient(
        x.byteOffset,
        upstream.byteOffset,
        weightGradient.byteOffset,
        biasGradient.byteOffset,
        rows,
        inputs,
        stride,
      );
      if (!below) return;
      kernels.inputGradient(
        upstream.byteOffset,
        weights.byteOffset,
        x.byteOffset,
        below.upstream.byteOffset,
        rows,
        inputs,
        stride,
      );
    }
  }

  /** One step of Adam down the gradient, which is first scaled to a norm of at most `maxNorm`. */
  descend(learningRate: number, maxNorm: number): void {
    const { kernels } = this.#memory;
    const { length } = this.parameters;
    const norm = Math.sqrt(kernels.sumOfSquares(this.gradient.byteOffset, length));
    this.#steps++;
    const varianceBias = Math.sqrt(1 - power(0.999, this.#steps));
    kernels.adam(
      this.parameters.byteOffset,
      this.gradient.byteOffset,
      this.#mean.byteOffset,
      this.#variance.byteOffset,
      length,
      Math.min(1, maxNorm / (norm + 1e-6)),
      (learningRate * varianceBias) / (1 - power(0.9, this.#steps)),
      1e-5 * varianceBias,
    );
  }

  #unpad(from: Float32Array, rows: number): Float32Array {
    const { outputs, stride } = this.layers[this.layers.length - 1] as Layer;
    const out = new Float32Array(rows * outputs);
    for (let row = 0; row < rows; row++)
      for (let j = 0; j < outputs; j++) out[row * outputs + j] = from[row * stride + j] as number;
    return out;
  }

  #pad(from: Float32Array, rows: number): void {
    const { outputs, stride } = this.layers[this.layers.length - 1] as Layer;
    const { upstream } = this.#work[this.#work.length - 1] as Workspace;
    for (let row = 0; row < rows; row++)
      for (let j = 0; j < outputs; j++) upstream[row * stride + j] = from[row * outputs + j] as number;
  }
}

/** Inputs, hidden layers and outputs of a network. */
export function sizesOf({ layers }: Mlp): readonly number[] {
  return [layers[0]?.inputs ?? 0, ...layers.map(({ outputs }) => outputs)];
}
