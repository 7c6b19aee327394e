import type { Seconds } from '../base/units.js';
import { type EventQueue, PRIORITY } from './event-queue.js';

/** When a loop takes its turns: every `period` from `first` on, or at listed times. */
export type LoopTimes = { readonly first: Seconds; readonly period: Seconds } | { readonly at: readonly Seconds[] };

/** At one instant KEDA polls before the HPA looks. */
const LOOP_PRIORITY = { keda: PRIORITY.control, hpa: PRIORITY.control + 1 } as const;

/** Something that takes turns in simulated time and can be started anew, off its old beat. */
export class ControlLoop {
  readonly #timers: EventQueue;
  readonly #period: Seconds | undefined;
  readonly #priority: number;
  readonly #act: (now: Seconds) => void;
  #beat = 0;

  constructor(loop: 'keda' | 'hpa', times: LoopTimes, timers: EventQueue, act: (now: Seconds) => void) {
    this.#timers = timers;
    this.#priority = LOOP_PRIORITY[loop];
    this.#act = act;
    if ('at' in times) for (const at of times.at) timers.schedule(at, this.#priority, act);
    else this.#period = times.period;
    if ('first' in times) this.restart(times.first);
  }

  /** The next turn is at `first` and the others follow it. Listed times stay as they are. */
  restart(first: Seconds): void {
    const period = this.#period;
    if (period === undefined) return;
    const beat = ++this.#beat;
    const turn = (now: Seconds): void => {
      if (beat !== this.#beat) return;
      this.#act(now);
      this.#timers.schedule(now + period, this.#priority, turn);
    };
    this.#timers.schedule(first, this.#priority, turn);
  }

  get period(): Seconds {
    return this.#period ?? 0;
  }
}
