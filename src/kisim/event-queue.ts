import type { Seconds } from '../base/units.js';

/**
 * Order of timers that fall on one instant: pods change first, then they are looked at, then someone acts on what was seen; clients
 * that try again come last, as arrivals do.
 */
export const PRIORITY = { fault: 0, pod: 1, scrape: 2, evaluate: 3, control: 4, client: 5 } as const;

interface Timer {
  readonly at: Seconds;
  readonly priority: number;
  readonly sequence: number;
  readonly action: (at: Seconds) => void;
}

/**
 * Something that has a next event. `fire` handles exactly that one and moves `nextAt` on; Infinity: nothing to come.
 */
export interface EventSource {
  readonly nextAt: Seconds;
  fire(): void;
}

/** Timers as a binary heap ordered by (time, priority, sequence): equal keys fire in the order they were set. */
export class EventQueue implements EventSource {
  readonly #heap: Timer[] = [];
  #sequence = 0;

  get nextAt(): Seconds {
    const first = this.#heap[0];
    return first === undefined ? Number.POSITIVE_INFINITY : first.at;
  }

  schedule(at: Seconds, priority: number, action: (at: Seconds) => void): void {
    const timer = { at, priority, sequence: this.#sequence++, action };
    const heap = this.#heap;
    let i = heap.push(timer) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (isBefore(heap[parent] as Timer, timer)) break;
      heap[i] = heap[parent] as Timer;
      i = parent;
    }
    heap[i] = timer;
  }

  fire(): void {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last) return;
    if (heap.length > 0) this.#sink(last);
    first.action(first.at);
  }

  #sink(timer: Timer): void {
    const heap = this.#heap;
    let i = 0;
    for (;;) {
      const left = 2 * i + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const child = right < heap.length && isBefore(heap[right] as Timer, heap[left] as Timer) ? right : left;
      if (isBefore(timer, heap[child] as Timer)) break;
      heap[i] = heap[child] as Timer;
      i = child;
    }
    heap[i] = timer;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  if (a.at !== b.at) return a.at < b.at;
  if (a.priority !== b.priority) return a.priority < b.priority;
  return a.sequence < b.sequence;
}

/**
 * Fires everything at or before `until`, earliest first; at equal times the earlier source of the list wins. Sources may be
 * changed by what they fire.
 */
export function runUntil(sources: readonly EventSource[], until: Seconds): void {
  for (;;) {
    let earliest = Number.POSITIVE_INFINITY;
    let source: EventSource | undefined;
    for (let i = 0; i < sources.length; i++) {
      const candidate = sources[i] as EventSource;
      const at = candidate.nextAt;
      if (at < earliest) {
        earliest = at;
        source = candidate;
      }
    }
    if (!source || earliest > until) return;
    source.fire();
  }
}
