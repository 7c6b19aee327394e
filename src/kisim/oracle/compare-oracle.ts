import { mean, quantileSorted } from '../../base/statistics.js';
import type { Seconds } from '../../base/units.js';
import { createFastForwardEngine, createStepEngine } from '../replica/engine.js';
import type { EngineOptions } from '../replica/engine-options.js';
import { replay } from '../replica/replay.js';
import type { RequestRecord } from '../replica/request.js';
import type { OracleEntry, OracleRow, OracleWorkload } from './oracle-workload.js';

/** Relative errors, ours over theirs less 1, of four statistics. */
export interface StatisticErrors {
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** How one of our engines compares with the recorded scheduler on one workload. */
export interface OracleComparison {
  readonly name: string;
  readonly engine: 'step' | 'fast';
  readonly ttft: StatisticErrors;
  readonly latency: StatisticErrors;
  readonly queue: StatisticErrors;
  /** Largest error of any request in queue time, TTFT or latency, seconds. */
  readonly maxRequestError_s: Seconds;
  readonly preemptions: readonly [ours: number, theirs: number];
  readonly within: boolean;
}

/** Times are recorded to the microsecond, so that two roundings may differ by as much again. */
const REQUEST_TOLERANCE: Seconds = 2e-6;
const STATISTIC_TOLERANCE = 0.01;
/** A statistic below this is measured against this: queues of microseconds have no meaningful ratio. */
const SHORTEST: Seconds = 1e-3;

const ENGINES = [
  ['step', createStepEngine],
  ['fast', createFastForwardEngine],
] as const;

type Times = Pick<OracleRow, 'queue' | 'ttft' | 'latency'>;

/**
 * Replays a workload through both engines. `within`: without prefix caching the step engine equals the recording request by
 * request within 2 microseconds, preemptions included; with it, and for fast-forward, every statistic is within 1 %.
 */
export function compareWithOracle(workload: OracleWorkload): readonly OracleComparison[] {
  return ENGINES.map(([engine, create]) => {
    const { entry, rows } = workload;
    const { records, preemptions } = replay(rows, optionsOf(entry), create);
    const times = records.map(timesOf);
    const ttft = errorsOf(times, rows, 'ttft');
    const latency = errorsOf(times, rows, 'latency');
    const queue = errorsOf(times, rows, 'queue');
    const maxRequestError = largestError(times, rows);
    const theirs = rows.reduce((sum, row) => sum + row.preemptions, 0);
    const isExact = maxRequestError <= REQUEST_TOLERANCE && preemptions === theirs;
    const isClose = [ttft, latency, queue].every((errors) =>
      Object.values(errors).every((error) => Math.abs(error) <= STATISTIC_TOLERANCE),
    );
    const within = engine === 'step' && !entry.prefix_caching ? isExact : isClose;
    return {
      name: entry.name,
      engine,
      ttft,
      latency,
      queue,
      maxRequestError_s: maxRequestError,
      preemptions: [preemptions, theirs],
      within,
    };
  });
}

function timesOf({ arrival, scheduledAt, firstTokenAt, finishedAt }: RequestRecord): Times {
  return { queue: scheduledAt - arrival, ttft: firstTokenAt - arrival, latency: finishedAt - arrival };
}

function optionsOf(entry: OracleEntry): EngineOptions {
  const { a, m, b, g, p } = entry.law;
  return {
    law: { base: a, perToken: m, perDecode: b, perKvToken: g, perPrefillPair: p },
    maxNumSeqs: entry.max_num_seqs,
    maxBatchedTokens: entry.max_num_batched_tokens,
    kvBlocks: entry.kv_blocks,
    blockSize: entry.block_size,
    prefixCaching: entry.prefix_caching,
    ttftBounds: [],
    e2eBounds: [],
  };
}

function errorsOf(ours: readonly Times[], theirs: readonly Times[], key: keyof Times): StatisticErrors {
  const a = Float64Array.from(ours, (times) => times[key]).sort();
  const b = Float64Array.from(theirs, (times) => times[key]).sort();
  const error = (mine: Seconds, other: Seconds): number => (mine - other) / Math.max(other, SHORTEST);
  const at = (q: number): number => error(quantileSorted(a, q), quantileSorted(b, q));
  return { mean: error(mean(a), mean(b)), p50: at(0.5), p90: at(0.9), p99: at(0.99) };
}

/** A request that never ended is infinitely wrong. */
function largestError(ours: readonly Times[], theirs: readonly Times[]): Seconds {
  let largest = 0;
  for (const [i, row] of theirs.entries()) {
    const times = ours[i] as Times;
    for (const key of ['queue', 'ttft', 'latency'] as const) {
      const error = Math.abs(times[key] - row[key]);
      largest = Math.max(largest, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
    }
  }
  return largest;
}
