import type { Seconds } from '../base/units.js';
import { originOf } from './answer-source.js';
import { Bin } from './bin.js';
import type { TickSample } from './tick-sample.js';

/** Points of a chart about as wide as a phone's screen: more would not be seen. */
const MOST_BINS = 360;

/** A run in bins. */
export interface Binned {
  readonly bins: readonly Bin[];
  readonly ticksPerBin: number;
  /** Seconds between ticks. */
  readonly interval: Seconds;
  /** The last tick. */
  readonly end: Seconds;
  /** Ticks by the reason for which the policy did not answer, whether the planner or nobody did. */
  readonly reasons: ReadonlyMap<string, number>;
}

/**
 * Sums up a run of any length in at most `most` bins (even): when they are full, neighbours are merged and every bin stands for
 * twice as many ticks from then on. Memory does not grow with the length of the run.
 */
export class Binner {
  readonly #most: number;
  #bins: Bin[] = [];
  #ticksPerBin = 1;
  readonly #reasons = new Map<string, number>();
  #interval: Seconds = 0;
  #end: Seconds = 0;

  constructor(most = MOST_BINS) {
    this.#most = most;
  }

  add(sample: TickSample): void {
    this.#interval = sample.window.grid.interval;
    this.#end = sample.tick;
    const { reason } = originOf(sample.answer);
    if (reason !== '') this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    const next = Bin.of(sample);
    const last = this.#bins.at(-1);
    if (last && last.ticks < this.#ticksPerBin) {
      last.merge(next);
      return;
    }
    if (this.#bins.length === this.#most) this.#halve();
    this.#bins.push(next);
  }

  /** The run so far. */
  get binned(): Binned {
    return {
      bins: this.#bins,
      ticksPerBin: this.#ticksPerBin,
      interval: this.#interval,
      end: this.#end,
      reasons: this.#reasons,
    };
  }

  #halve(): void {
    const merged: Bin[] = [];
    for (let i = 0; i < this.#bins.length; i += 2) {
      const [left, right] = [this.#bins[i] as Bin, this.#bins[i + 1]];
      if (right) left.merge(right);
      merged.push(left);
    }
    this.#bins = merged;
    this.#ticksPerBin *= 2;
  }
}
