import type { Ratio, Seconds } from '../../base/units.js';
import type { SloMetric } from '../../decision/workload.js';
import type { Replica } from '../replica/replica.js';
import { computeRate, extrapolatedRate, type SampleSpan } from './rate.js';

/** Columns of a sample; the cumulative buckets of the latency histogram follow, le="+Inf" last. */
export const COLUMN = {
  at: 0,
  waiting: 1,
  running: 2,
  kvUsage: 3,
  busySeconds: 4,
  /** 99th percentile of the latency over the last minute, where the engine computes one. */
  recentP99: 5,
  /** Free share of the GPUs' memory. */
  gpuHeadroom: 6,
  /** Finished requests are two series, by reason: those that came to their end, and those that were aborted. */
  completed: 7,
  aborted: 8,
  /** Seconds that finished requests had waited, where the engine counts them. */
  queueSum: 9,
  latencySum: 10,
  latencyCount: 11,
  promptTokens: 12,
  generationTokens: 13,
  preemptions: 14,
  buckets: 15,
} as const;

/** Samples of one pod that are kept by default: enough for the longest range at one scrape per interval, with some to spare. */
const KEPT = 8;

/**
 * What has been scraped of one pod lately. Its counters fall only where its container has been restarted. NaN in a sample: the
 * series was not there.
 */
export class PodSeries {
  /** No sample may be taken for present: the target has vanished (a stale marker). */
  isStale = false;
  readonly width: number;
  readonly #metric: SloMetric;
  readonly #headroomOf: (replica: Replica) => Ratio;
  readonly #kept: number;
  readonly #rows: Float64Array;
  /** Per sample: 1 where another container wrote it than the one before. */
  readonly #resets: Uint8Array;
  #scraped: Replica | undefined;
  #startedAt: Seconds = Number.NaN;
  #newest = -1;
  #size = 0;
  /** How many of the next samples still have one with missing series among those that are kept. */
  #withGaps = 0;
  #frozen: { readonly replica: Replica; readonly row: Float64Array } | undefined;

  constructor(
    metric: SloMetric,
    buckets: number,
    kept = KEPT,
    headroomOf: (replica: Replica) => Ratio = () => Number.NaN,
  ) {
    this.#metric = metric;
    this.#headroomOf = headroomOf;
    this.#kept = kept;
    this.width = COLUMN.buckets + buckets;
    this.#rows = new Float64Array(kept * this.width);
    this.#resets = new Uint8Array(kept);
  }

  /**
   * Stores what the engine shows at `at`, without the series of the `hidden` columns. `startedAt`: since when it serves; NaN:
   * unknown.
   */
  scrape(replica: Replica, at: Seconds, hidden?: readonly number[], startedAt = Number.NaN): void {
    this.#startedAt = startedAt;
    this.#newest = (this.#newest + 1) % this.#kept;
    this.#size = Math.min(this.#kept, this.#size + 1);
    this.#resets[this.#newest] = this.#scraped === undefined || this.#scraped === replica ? 0 : 1;
    this.#scraped = replica;
    this.isStale = false;
    const row = this.#newest * this.width;
    if (this.#frozen?.replica === replica) this.#rows.set(this.#frozen.row, row);
    else this.#write(replica, this.#rows, row, at);
    this.#rows[row + COLUMN.at] = at;
    this.#withGaps = Math.max(0, this.#withGaps - 1);
    if (!hidden || hidden.length === 0) return;
    this.#withGaps = this.#kept;
    for (const column of hidden) this.#rows[row + column] = Number.NaN;
    if (hidden.includes(COLUMN.latencyCount)) this.#rows.fill(Number.NaN, row + COLUMN.buckets, row + this.width);
  }

  /** From now on the exporter shows what it shows now, until it is thawed or its container restarts. */
  freeze(replica: Replica, at: Seconds): void {
    const row = new Float64Array(this.width);
    this.#write(replica, row, 0, at);
    this.#frozen = { replica, row };
  }

  thaw(): void {
    this.#frozen = undefined;
  }

  #write(replica: Replica, rows: Float64Array, row: number, at: Seconds): void {
    const { counters } = replica;
    const isTtft = this.#metric === 'ttft';
    rows[row + COLUMN.waiting] = replica.waiting;
    rows[row + COLUMN.running] = replica.running;
    rows[row + COLUMN.kvUsage] = replica.kvUsage;
    rows[row + COLUMN.busySeconds] = counters.busySeconds;
    rows[row + COLUMN.recentP99] = counters.batching?.recentLatency.quantile(0.99, at) ?? Number.NaN;
    rows[row + COLUMN.gpuHeadroom] = this.#headroomOf(replica);
    rows[row + COLUMN.queueSum] = counters.batching?.queueSum ?? 0;
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

  /**
   * Share of the time since the last sample during which the GPU worked, in the first sample of a container since it serves; NaN
   * where that is not known.
   */
  get busyShare(): number {
    if (this.#size === 0) return Number.NaN;
    const isFirst = this.#size === 1 || this.#resets[this.#newest] === 1;
    const isKnown = isFirst && !Number.isNaN(this.#startedAt);
    const since = isKnown ? this.#startedAt : this.#size === 1 ? Number.NaN : this.#cell(1, COLUMN.at);
    const elapsed = this.#cell(0, COLUMN.at) - since;
    if (!(elapsed > 0)) return Number.NaN;
    // A step counts when it ends, so that more than all of the time may have become known in it.
    return Math.min(
      1,
      (this.#cell(0, COLUMN.busySeconds) - (isFirst ? 0 : this.#cell(1, COLUMN.busySeconds))) / elapsed,
    );
  }

  /**
   * Adds `rate(column[range])` at `at` of the columns [from, to) to `sums` (index: column; NaN: no result so far). False, and
   * nothing added, with fewer than two samples inside the range.
   */
  addRates(sums: Float64Array, at: Seconds, range: Seconds, from: number, to: number): boolean {
    let count = 0;
    while (count < this.#size && this.#cell(count, COLUMN.at) > at - range) count++;
    if (count < 2) return false;
    if (this.#withGaps > 0) return this.#addRatesOfPresent(sums, at, range, [from, to], count);
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
      add(sums, column, increase > 0 ? extrapolatedRate(increase, start, span) : 0);
    }
    return true;
  }

  /** Where series were missing from some samples: each column on the samples that it is in. */
  #addRatesOfPresent(
    sums: Float64Array,
    at: Seconds,
    range: Seconds,
    [from, to]: readonly [number, number],
    count: number,
  ): boolean {
    let hasAny = false;
    for (let column = from; column < to; column++) {
      const times: number[] = [];
      const values: number[] = [];
      for (let ago = count - 1; ago >= 0; ago--) {
        const value = this.#cell(ago, column);
        if (Number.isNaN(value)) continue;
        times.push(this.#cell(ago, COLUMN.at));
        values.push(value);
      }
      const rate = computeRate(times, values, at, range);
      if (rate === undefined) continue;
      hasAny = true;
      add(sums, column, rate);
    }
    return hasAny;
  }

  #hasResets(count: number): boolean {
    for (let ago = 0; ago < count - 1; ago++)
      if (this.#resets[(this.#newest - ago + this.#kept) % this.#kept]) return true;
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
    return ((this.#newest - ago + this.#kept) % this.#kept) * this.width;
  }

  #cell(ago: number, column: number): number {
    return this.#rows[this.#row(ago) + column] as number;
  }
}

function add(sums: Float64Array, column: number, rate: number): void {
  const sum = sums[column] as number;
  sums[column] = Number.isNaN(sum) ? rate : sum + rate;
}
