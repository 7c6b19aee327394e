import type { Seconds } from '../base/units.js';
import { SIGNAL_NAMES, SIGNALS, type SignalName } from '../decision/signal.js';
import { emptyWindow, type Grid, type Window } from '../decision/window.js';

/** Rounding of sums and quotients may step over a bound by this much, and no more. */
const SLACK = 1e-9;

/** Samples of one workload on the grid, by evaluation time; what it does not hold is a gap. */
export class SampleStore {
  readonly #grid: Grid;
  readonly #samples = new Map<SignalName, Map<number, number>>(SIGNAL_NAMES.map((name) => [name, new Map()]));
  #newest = Number.NEGATIVE_INFINITY;

  constructor(grid: Grid) {
    this.#grid = grid;
  }

  /** Evaluation time of the newest tick that was asked for, whether or not it could be read. */
  get newest(): Seconds {
    return this.#newest;
  }

  /**
   * Keeps a sample. Values outside their signal's range are no measurements (seconds that became milliseconds, a renamed
   * metric): they stay gaps, and the answer is false.
   */
  put(name: SignalName, at: Seconds, value: number): boolean {
    if (Number.isNaN(value)) return true;
    const { min, max } = SIGNALS[name];
    if (value < min - SLACK || value > max + SLACK) return false;
    this.#samples.get(name)?.set(this.#index(at), Math.max(min, Math.min(max, value)));
    return true;
  }

  /** Marks a tick as asked for and forgets what has left every window. */
  advance(at: Seconds): void {
    this.#newest = Math.max(this.#newest, at);
    const oldest = this.#index(this.#newest) - this.#grid.ticks;
    for (const series of this.#samples.values()) {
      for (const index of series.keys()) if (index <= oldest) series.delete(index);
    }
  }

  /** The window of `tick`, whose newest sample was evaluated at tick - lag. */
  window(tick: Seconds): Window {
    const window = emptyWindow(tick, this.#grid);
    const newest = this.#index(tick - this.#grid.lag);
    for (const name of SIGNAL_NAMES) {
      const series = window.series[name];
      const samples = this.#samples.get(name);
      for (let i = 0; i < series.length; i++) series[i] = samples?.get(newest - (series.length - 1 - i)) ?? Number.NaN;
    }
    return window;
  }

  #index(at: Seconds): number {
    return Math.round(at / this.#grid.interval);
  }
}
