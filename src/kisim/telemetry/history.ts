import type { Seconds } from '../../base/units.js';
import { SIGNAL_NAMES, SIGNALS, type SignalName } from '../../decision/signal.js';
import type { Grid, Window } from '../../decision/window.js';

/** The signals at one evaluation time; NaN where a query had no result. */
export type Signals = Record<SignalName, number>;

export function noSignals(): Signals {
  return Object.fromEntries(SIGNAL_NAMES.map((name) => [name, Number.NaN])) as Signals;
}

/** The evaluated signals of the last ticks, from which windows are cut. */
export class SignalHistory {
  readonly #grid: Grid;
  readonly #length: number;
  readonly #rings: readonly { readonly name: SignalName; readonly isWindow: boolean; readonly ring: Float64Array }[];
  #newest: number;

  /** Ticks up to number `newest` lie before the first evaluation: nothing is known at them. */
  constructor(grid: Grid, newest: number) {
    this.#grid = grid;
    this.#newest = newest;
    this.#length = 2 * grid.ticks;
    this.#rings = SIGNAL_NAMES.map((name) => ({
      name,
      isWindow: SIGNALS[name].depth === 'window',
      ring: new Float64Array(this.#length).fill(Number.NaN),
    }));
  }

  /** Number of the tick that was evaluated last. */
  get newest(): number {
    return this.#newest;
  }

  /** Stores what was evaluated for the tick of this number (tick / interval); numbers come one after the other. */
  store(number: number, signals: Signals): void {
    this.#newest = number;
    const slot = this.#slot(number);
    for (const { name, ring } of this.#rings) ring[slot] = signals[name];
  }

  value(name: SignalName, number: number): number {
    if (number > this.#newest || number <= this.#newest - this.#length) return Number.NaN;
    return this.#rings[SIGNAL_NAMES.indexOf(name)]?.ring[this.#slot(number)] ?? Number.NaN;
  }

  /** The window of `tick`; throws RangeError when the tick lies ahead or is no longer kept. */
  window(tick: Seconds): Window {
    const { ticks, interval } = this.#grid;
    const number = Math.round(tick / interval);
    if (number > this.#newest || number <= this.#newest - this.#length + ticks)
      throw new RangeError(`tick ${tick} has no window: the newest evaluated tick is ${this.#newest * interval}`);
    const series = {} as Record<SignalName, Float64Array>;
    for (const { name, isWindow, ring } of this.#rings) {
      const length = isWindow ? ticks : 1;
      const values = new Float64Array(length);
      for (let i = 0; i < length; i++) values[i] = ring[this.#slot(number - length + 1 + i)] as number;
      series[name] = values;
    }
    return { tick, grid: this.#grid, series };
  }

  #slot(number: number): number {
    return ((number % this.#length) + this.#length) % this.#length;
  }
}
