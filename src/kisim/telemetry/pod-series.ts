import type { Seconds } from '../../base/units.js';
import type { SloMetric } from '../../decision/workload.js';
import type { Replica } from '../replica/replica.js';
import { extrapolatedRate, type SampleSpan } from './rate.js';

/** Columns of a sample; the cumulative buckets of the latency histogram follow, le="+Inf" last. */
export const COLUMN = {
  at: 0,
  waiting: 1,
  running: 2,
  kvUsage: 3,
  busySeconds: 4,
  /** Finished requests are two series, by reason: those that came to their end, and those that were aborted. */
  completed: 5,
  aborted: 6,
  promptTokens: 7,
  generationTokens: 8,
  preemptions: 9,
  latencySum: 10,
  latencyCount: 11,
  buckets: 12,
} as const;

/** Samples of one pod that are kept: enough for the longest range at one scrape per interval, with one to spare. */
const KEPT = 8;

/** What has been scraped of one pod lately. Its counters fall only where its container has been restarted. */
export class PodSeries {
  /** No sample may be taken for present: the target has vanished (a stale marker). */
  isStale = false;
  readonly width: number;
  readonly #metric: SloMetric;
  readonly #rows: Float64Array;
  /** Per sample: 1 where another container wrote it than the one before. */
  readonly #resets = new Uint8Array(KEPT);
  #scraped: Replica | undefined;
  #newest = -1;
  #size = 0;

  constructor(metric: SloMetric, buckets: number) {
    this.#metric = metric;
    this.width = COLUMN.buckets + buckets;
    this.#rows = new Float64Array(KEPT * this.width);
  }

  /** Stores what the engine shows at `at`. */
  scrape(replica: Replica, at: Seconds): void {
    this.#newest = (this.#newest + 1) % KEPT;
    this.#size = Math.min(KEPT, this.#size + 1);
    this.#resets[this.#newest] = this.#scraped === undefined || this.#scraped === replica ? 0 : 1;
    this.#scraped = replica;
    this.isStale = false;
    const row = this.#newest * this.width;
    const { counters } = replica;
    const isTtft = this.#metric === 'ttft';
    const rows = this.#rows;
    rows[row + COLUMN.at] = at;
    rows[row + COLUMN.waiting] = replica.waiting;
    rows[row + COLUMN.running] = replica.running;
    rows[row + COLUMN.kvUsage] = replica.kvUsage;
    rows[row + COLUMN.busySeconds] = counters.busySeconds;
    rows[row + COLUMN.completed] = counters.finished - counters.aborted;
    rows[row + COLUMN.aborted] = counters.aborted;
    rows[row + COLUMN.promptTokens] = counters.promptTokens;
    rows[row + COLUMN.generationTokens] = counters.generationTokens;
    rows[row + COLUMN.preemptions] = counters.preemptions;
    rows[row + COLUMN.latencySum] = isTtft ? counters.ttftSum : counters.e2eSum;
    rows[row + COLUMN.latencyCount] = isTtft ? counters.ttftCount : counters.e2eCount;
    const buckets = isTtft ? counters.ttftBuckets : counters.e2eBuckets;
    let cumulative = 0;
    for (let i = 0; i < buckets.length; i++) {
      cumulative += buckets[i] as number;
      rows[row + COLUMN.buckets + i] = cumulative;
    }
  }

  /** When the newest sample was taken; -Infinity before the first. */
  get sampledAt(): Seconds {
    return this.#newest < 0 ? Number.NEGATIVE_INFINITY : this.#cell(0, COLUMN.at);
  }

  newest(column: number): number {
    return this.#cell(0, column);
  }

  /** Share of the time between the last two samples during which the GPU worked; NaN before there are two. */
  get busyShare(): number {
    if (this.#size < 2) return Number.NaN;
    const elapsed = this.#cell(0, COLUMN.at) - this.#cell(1, COLUMN.at);
    const before = this.#resets[this.#newest] ? 0 : this.#cell(1, COLUMN.busySeconds);
    return (this.#cell(0, COLUMN.busySeconds) - before) / elapsed;
  }

  /**
   * Adds `rate(column[range])` at `at` of the columns [from, to) to `sums` (index: column). False, and nothing added, with fewer
   * than two samples inside the range.
   */
  addRates(sums: Float64Array, at: Seconds, range: Seconds, from: number, to: number): boolean {
    let count = 0;
    while (count < this.#size && this.#cell(count, COLUMN.at) > at - range) count++;
    if (count < 2) return false;
    const span: SampleSpan = {
      start: at - range,
      end: at,
      firstAt: this.#cell(count - 1, COLUMN.at),
      lastAt: this.#cell(0, COLUMN.at),
      count,
    };
    const last = this.#row(0);
    const first = this.#row(count - 1);
    const hasResets = this.#hasResets(count);
    for (let column = from; column < to; column++) {
      const start = this.#rows[first + column] as number;
      const rise = (this.#rows[last + column] as number) - start;
      const increase = hasResets ? rise + this.#lostToResets(column, count) : rise;
      if (increase > 0) sums[column] = (sums[column] as number) + extrapolatedRate(increase, start, span);
    }
    return true;
  }

  #hasResets(count: number): boolean {
    for (let ago = 0; ago < count - 1; ago++) if (this.#resets[(this.#newest - ago + KEPT) % KEPT]) return true;
    return false;
  }

  /** What a counter had reached before each of its falls: a fall is taken for a reset to zero. */
  #lostToResets(column: number, count: number): number {
    let lost = 0;
    for (let ago = 0; ago < count - 1; ago++) {
      const before = this.#cell(ago + 1, column);
      if (this.#cell(ago, column) < before) lost += before;
    }
    return lost;
  }

  #row(ago: number): number {
    return ((this.#newest - ago + KEPT) % KEPT) * this.width;
  }

  #cell(ago: number, column: number): number {
    return this.#rows[this.#row(ago) + column] as number;
  }
}
