import type { Seconds } from '../../base/units.js';
import { perSignal, SIGNAL_NAMES, SIGNALS, type SignalName } from '../../decision/signal.js';
import type { Grid, Window } from '../../decision/window.js';

/** The signals at one evaluation time; NaN where a query had no result. */
export type Signals = Record<SignalName, number>;

export function noSignals(): Signals {
  return perSignal(() => Number.NaN);
}

/** Histories that fit into one buffer, before it is left to the windows that look at it. */
const ROOM = 2;

/**
 * The evaluated signals of the last ticks, from which windows are cut. What was stored is never written again, so that a window
 * is a view and costs no copy: a full buffer is followed by another one that begins with what is still needed.
 */
export class SignalHistory {
  readonly #grid: Grid;
  readonly #length: number;
  #columns: Record<SignalName, Float64Array>;
  /** Number of the tick at index 0 of the columns. */
  #first: number;
  #newest: number;

  /** Ticks up to number `newest` lie before the first evaluation: nothing is known at them. */
  constructor(grid: Grid, newest: number) {
    this.#grid = grid;
    this.#newest = newest;
    this.#length = 2 * grid.ticks;
    this.#first = newest - this.#length + 1;
    this.#columns = createColumns(ROOM * this.#length);
  }

  /** Number of the tick that was evaluated last. */
  get newest(): number {
    return this.#newest;
  }

  /** Stores what was evaluated for the tick of this number (tick / interval); numbers come one after the other. */
  store(number: number, signals: Signals): void {
    if (number - this.#first === ROOM * this.#length) this.#turnOver();
    this.#newest = number;
    const index = number - this.#first;
    for (const name of SIGNAL_NAMES) this.#columns[name][index] = signals[name];
  }

  value(name: SignalName, number: number): number {
    if (number > this.#newest || number <= this.#newest - this.#length) return Number.NaN;
    return this.#columns[name][number - this.#first] ?? Number.NaN;
  }

  /** The window of `tick`; throws RangeError when the tick lies ahead or is no longer kept. */
  window(tick: Seconds): Window {
    const { ticks, interval } = this.#grid;
    const number = Math.round(tick / interval);
    if (number > this.#newest || number <= this.#newest - this.#length + ticks)
      throw new RangeError(`tick ${tick} has no window: the newest evaluated tick is ${this.#newest * interval}`);
    const columns = this.#columns;
    const end = number - this.#first + 1;
    const series = perSignal((name) => {
      const { buffer, byteOffset } = columns[name];
      const length = SIGNALS[name].depth === 'window' ? ticks : 1;
      return new Float64Array(buffer, byteOffset + BYTES * (end - length), length);
    });
    return { tick, grid: this.#grid, series };
  }

  #turnOver(): void {
    const before = this.#columns;
    const gone = (ROOM - 1) * this.#length;
    this.#columns = createColumns(ROOM * this.#length);
    for (const name of SIGNAL_NAMES) this.#columns[name].set(before[name].subarray(gone));
    this.#first += gone;
  }
}

const BYTES = Float64Array.BYTES_PER_ELEMENT;

/** A column for every signal, all of them in one buffer, which is NaN as yet. */
function createColumns(length: number): Record<SignalName, Float64Array> {
  const { buffer } = new Float64Array(SIGNAL_NAMES.length * length).fill(Number.NaN);
  let next = 0;
  return perSignal(() => new Float64Array(buffer, BYTES * length * next++, length));
}
