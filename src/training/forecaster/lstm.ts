import { normal } from '../../base/distributions.js';
import type { Rng } from '../../base/rng.js';

/** Sizes of a network: values a step, hidden units, inputs that are the same for every step, outputs. */
export interface LstmShape {
  readonly hidden: number;
  readonly steps: number;
  readonly extras: number;
  readonly outputs: number;
}

/**
 * One layer of long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000) over a series of
 * single numbers, and a linear head on its last state and the extras. All parameters in one vector:
 * [gates i, f, g, o][hidden] x (1 input, hidden states, 1 bias), then [outputs] x (hidden, extras, 1 bias).
 */
export class Lstm {
  readonly shape: LstmShape;
  readonly parameters: Float64Array;
  readonly gradient: Float64Array;
  readonly #row: number;
  readonly #head: number;
  readonly #headRow: number;
  /** Of the last forward pass, by step: gates [4 * hidden], cells and states [hidden], those before the first step in front. */
  readonly #gates: Float64Array;
  readonly #cells: Float64Array;
  readonly #states: Float64Array;

  constructor(shape: LstmShape) {
    const { hidden, steps, extras, outputs } = shape;
    this.shape = shape;
    this.#row = hidden + 2;
    this.#head = 4 * hidden * this.#row;
    this.#headRow = hidden + extras + 1;
    this.parameters = new Float64Array(this.#head + outputs * this.#headRow);
    this.gradient = new Float64Array(this.parameters.length);
    this.#gates = new Float64Array(steps * 4 * hidden);
    this.#cells = new Float64Array((steps + 1) * hidden);
    this.#states = new Float64Array((steps + 1) * hidden);
  }

  /** Small normal weights, and forget gates that begin open (Jozefowicz et al. 2015). */
  initialize(rng: Rng): void {
    const { hidden } = this.shape;
    const scale = 1 / Math.sqrt(hidden + 1);
    for (let i = 0; i < this.parameters.length; i++) this.parameters[i] = scale * normal(rng);
    for (let unit = 0; unit < 4 * hidden; unit++) {
      const isForget = unit >= hidden && unit < 2 * hidden;
      this.parameters[(unit + 1) * this.#row - 1] = isForget ? 1 : 0;
    }
  }

  /** Outputs [outputs] for a series [steps] and extras [extras]. */
  forward(series: ArrayLike<number>, extras: ArrayLike<number>): Float64Array {
    const { hidden, steps, outputs } = this.shape;
    const [w, gates, cells, states] = [this.parameters, this.#gates, this.#cells, this.#states];
    for (let step = 0; step < steps; step++) {
      const before = step * hidden;
      const at = step * 4 * hidden;
      for (let unit = 0; unit < 4 * hidden; unit++) {
        const row = unit * this.#row;
        let sum = (w[row] as number) * (series[step] as number) + (w[row + hidden + 1] as number);
        for (let j = 0; j < hidden; j++) sum += (w[row + 1 + j] as number) * (states[before + j] as number);
        const isCandidate = unit >= 2 * hidden && unit < 3 * hidden;
        gates[at + unit] = isCandidate ? Math.tanh(sum) : 1 / (1 + Math.exp(-sum));
      }
      for (let j = 0; j < hidden; j++) {
        const [i, f, g, o] = this.#gatesOf(at, j);
        const cell = f * (cells[before + j] as number) + i * g;
        cells[before + hidden + j] = cell;
        states[before + hidden + j] = o * Math.tanh(cell);
      }
    }
    const last = steps * hidden;
    return Float64Array.from({ length: outputs }, (_, k) => {
      const row = this.#head + k * this.#headRow;
      let sum = w[row + this.#headRow - 1] as number;
      for (let j = 0; j < hidden; j++) sum += (w[row + j] as number) * (states[last + j] as number);
      for (let j = 0; j < this.shape.extras; j++) sum += (w[row + hidden + j] as number) * (extras[j] as number);
      return sum;
    });
  }

  /** Adds the gradient of a loss to `gradient`, given its derivative by the outputs of the last forward pass: back through time. */
  backward(series: ArrayLike<number>, extras: ArrayLike<number>, byOutputs: ArrayLike<number>): void {
    const { hidden, steps } = this.shape;
    const [w, dw, states, cells] = [this.parameters, this.gradient, this.#states, this.#cells];
    let dState = this.#backHead(extras, byOutputs);
    const dCell = new Float64Array(hidden);
    const dGates = new Float64Array(4 * hidden);
    for (let step = steps - 1; step >= 0; step--) {
      const before = step * hidden;
      for (let j = 0; j < hidden; j++) {
        const [i, f, g, o] = this.#gatesOf(step * 4 * hidden, j);
        const squashed = Math.tanh(cells[before + hidden + j] as number);
        const dc = (dCell[j] as number) + (dState[j] as number) * o * (1 - squashed * squashed);
        dGates[j] = dc * g * i * (1 - i);
        dGates[hidden + j] = dc * (cells[before + j] as number) * f * (1 - f);
        dGates[2 * hidden + j] = dc * i * (1 - g * g);
        dGates[3 * hidden + j] = (dState[j] as number) * squashed * o * (1 - o);
        dCell[j] = dc * f;
      }
      dState = new Float64Array(hidden);
      for (let unit = 0; unit < 4 * hidden; unit++) {
        const d = dGates[unit] as number;
        const row = unit * this.#row;
        dw[row] = (dw[row] as number) + d * (series[step] as number);
        dw[row + hidden + 1] = (dw[row + hidden + 1] as number) + d;
        for (let j = 0; j < hidden; j++) {
          dw[row + 1 + j] = (dw[row + 1 + j] as number) + d * (states[before + j] as number);
          dState[j] = (dState[j] as number) + d * (w[row + 1 + j] as number);
        }
      }
    }
  }

  #gatesOf(at: number, j: number): [i: number, f: number, g: number, o: number] {
    const { hidden } = this.shape;
    const gates = this.#gates;
    return [
      gates[at + j] as number,
      gates[at + hidden + j] as number,
      gates[at + 2 * hidden + j] as number,
      gates[at + 3 * hidden + j] as number,
    ];
  }

  /** The head's part; the derivative by the last state. */
  #backHead(extras: ArrayLike<number>, byOutputs: ArrayLike<number>): Float64Array {
    const { hidden, steps, outputs } = this.shape;
    const dState = new Float64Array(hidden);
    const dw = this.gradient;
    for (let k = 0; k < outputs; k++) {
      const d = byOutputs[k] as number;
      const row = this.#head + k * this.#headRow;
      for (let j = 0; j < hidden; j++) {
        dw[row + j] = (dw[row + j] as number) + d * (this.#states[steps * hidden + j] as number);
        dState[j] = (dState[j] as number) + d * (this.parameters[row + j] as number);
      }
      for (let j = 0; j < this.shape.extras; j++)
        dw[row + hidden + j] = (dw[row + hidden + j] as number) + d * (extras[j] as number);
      dw[row + this.#headRow - 1] = (dw[row + this.#headRow - 1] as number) + d;
    }
    return dState;
  }
}
