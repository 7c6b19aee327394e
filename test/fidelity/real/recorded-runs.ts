import { createRng } from '../../../src/base/rng.js';
import { mean, quantileSorted } from '../../../src/base/statistics.js';
import type { Seconds } from '../../../src/base/units.js';
import type { VllmProfile } from '../../../src/decision/serving-profile.js';
import { loadVllmProfile } from '../../../src/kisim/profiles/load-profile.js';
import { createStepEngine } from '../../../src/kisim/replica/engine.js';
import { type EngineOptions, engineOptionsFromProfile } from '../../../src/kisim/replica/engine-options.js';
import { fitBase } from '../../../src/kisim/replica/fit-base.js';
import { LATENCIES, summarizeLatencies } from '../../../src/kisim/replica/latency-statistics.js';
import { replay } from '../../../src/kisim/replica/replay.js';
import { latenciesOf, type RequestLatencies, type RequestSpec } from '../../../src/kisim/replica/request.js';
import { linesOfText } from '../../../src/kisim/traffic/lines.js';
import { readVllmLog } from '../../../src/kisim/traffic/vllm-log.js';
import { readDataText } from './data-files.js';

/** A recorded run of a real vLLM 0.19, its profile, and what the page's table of earlier results says of it. */
export interface RecordedRun {
  readonly name: string;
  readonly folder: string;
  readonly profile: string;
  readonly maxNumSeqs: number;
  /** Mean absolute error of its mean, p50, p90 and p99 of TTFT, TPOT and latency, in-sample (kisim-calibration.md §8). */
  readonly earlierError: number;
  /** KV blocks that the server reported, where the profile's capacity is fitted to the first half instead. */
  readonly reportedBlocks?: number;
}

export const RECORDED_RUNS: readonly RecordedRun[] = [
  {
    name: 'RTX 4090, Llama-3.1-8B, KV cache full',
    folder: 'RTX4090_Llama-3.1-8B',
    profile: 'rtx-4090-llama-3.1-8b',
    maxNumSeqs: 256,
    earlierError: 0.01242,
    reportedBlocks: 2588,
  },
  {
    name: 'RTX PRO 6000, Llama-3.1-8B, 128 slots',
    folder: 'RTXPRO6000_Llama-3.1-8B',
    profile: 'rtx-pro-6000-llama-3.1-8b',
    maxNumSeqs: 128,
    earlierError: 0.01308,
  },
];

export type Statistic = 'mean' | 'p50' | 'p90' | 'p99';
type Errors = Readonly<Record<Statistic, number>>;

export interface RunComparison {
  /** Constant per step that meets the mean latency of the first half, and KV blocks. */
  readonly c0: Seconds;
  readonly kvBlocks: number;
  /** Relative errors over the second half, and over the whole run. */
  readonly judged: Readonly<Record<keyof RequestLatencies, Errors>>;
  readonly whole: Readonly<Record<keyof RequestLatencies, Errors>>;
  /** Recorded p99 of the second half: 95 % bootstrap interval, relative to it; ours is inside or not. */
  readonly p99Interval: Readonly<Record<keyof RequestLatencies, readonly [low: number, high: number]>>;
}

const RESAMPLES = 2000;
const SEED = 1;

/** Fits c0 to the first half of a recorded run and compares the second. Needs the public data. `kvBlocks`: instead of the profile's. */
export function compareRecordedRun(run: RecordedRun, kvBlocks?: number): RunComparison {
  const { log, recorded } = readRun(run);
  const half = log.length / 2;
  const engine = engineOf(loadOne(run.profile), { ...run, ...(kvBlocks && { kvBlocks }) });
  const requests = log.map(({ request }) => request);
  const c0 = fitBase(requests, recorded, engine);
  const ours = play(requests, engine, c0);
  return {
    c0,
    kvBlocks: engine.kvBlocks,
    judged: errorsOf(ours.slice(half), recorded.slice(half)),
    whole: errorsOf(ours, recorded),
    p99Interval: {
      ttft: intervalOf(recorded.slice(half), 'ttft'),
      tpot: intervalOf(recorded.slice(half), 'tpot'),
      latency: intervalOf(recorded.slice(half), 'latency'),
    },
  };
}

function engineOf(
  profile: VllmProfile,
  { maxNumSeqs, kvBlocks }: Pick<RecordedRun, 'maxNumSeqs'> & { readonly kvBlocks?: number },
): EngineOptions {
  const engine = engineOptionsFromProfile(profile, { ttftBounds: [], e2eBounds: [] });
  return { ...engine, maxNumSeqs, kvBlocks: kvBlocks ?? engine.kvBlocks, prefixCaching: true };
}

function play(requests: readonly RequestSpec[], engine: EngineOptions, c0: Seconds): readonly RequestLatencies[] {
  return replay(requests, { ...engine, law: { ...engine.law, base: c0 } }, createStepEngine).records.map(latenciesOf);
}

/** Pairs whose kernels were measured and nothing fitted to a run: profile, recorded run, and the blocks that it reported. */
const UNCALIBRATED = [
  ['rtx-4090-llama-3.1-8b', 0],
  ['rtx-pro-6000-llama-3.1-8b', 1],
  ['rtx-pro-6000-server-llama-3.1-8b', 1],
] as const;

/** Medians over the pairs of relative errors without c0: what a pair that nobody calibrated may be off. */
export function compareUncalibrated(): Readonly<Record<'ttft' | 'latency', Pick<Errors, 'mean' | 'p99'>>> {
  const all = UNCALIBRATED.map(([name, index]) => {
    const run = RECORDED_RUNS[index] as RecordedRun;
    const { log, recorded } = readRun(run);
    const kvBlocks = run.reportedBlocks;
    const engine = engineOf(loadOne(name), { ...run, ...(kvBlocks && { kvBlocks }) });
    return errorsOf(
      play(
        log.map(({ request }) => request),
        engine,
        0,
      ),
      recorded,
    );
  });
  const median = (of: (errors: (typeof all)[number]) => number): number =>
    quantileSorted(
      all.map((errors) => Math.abs(of(errors))).sort((a, b) => a - b),
      0.5,
    );
  return {
    ttft: { mean: median(({ ttft }) => ttft.mean), p99: median(({ ttft }) => ttft.p99) },
    latency: { mean: median(({ latency }) => latency.mean), p99: median(({ latency }) => latency.p99) },
  };
}

function readRun({ folder }: RecordedRun) {
  const log = readVllmLog(linesOfText(readDataText(`llmservingsim/${folder}/requests.jsonl`)));
  return { log, recorded: log.map((row) => row.recorded as RequestLatencies) };
}

function loadOne(name: string): VllmProfile {
  const loaded = loadVllmProfile(name);
  if (!loaded.ok) throw new Error(loaded.error);
  return loaded.value;
}

function errorsOf(ours: readonly RequestLatencies[], theirs: readonly RequestLatencies[]) {
  const [a, b] = [summarizeLatencies(ours), summarizeLatencies(theirs)];
  const of = (latency: keyof RequestLatencies): Errors => ({
    mean: a[latency].mean / b[latency].mean - 1,
    p50: a[latency].p50 / b[latency].p50 - 1,
    p90: a[latency].p90 / b[latency].p90 - 1,
    p99: a[latency].p99 / b[latency].p99 - 1,
  });
  return { ttft: of('ttft'), tpot: of('tpot'), latency: of('latency') };
}

/** 75 requests in a half have one or two in the tail: how far another draw of them would move p99. */
function intervalOf(recorded: readonly RequestLatencies[], latency: keyof RequestLatencies): readonly [number, number] {
  const rng = createRng(SEED).stream(`bootstrap/${latency}`);
  const values = recorded.map((one) => one[latency]);
  const p99 = (sample: readonly number[]): number => quantileSorted(Float64Array.from(sample).sort(), 0.99);
  const resampled = Array.from({ length: RESAMPLES }, () =>
    p99(values.map(() => values[Math.floor(rng.next() * values.length)] as number)),
  ).sort((a, b) => a - b);
  const truth = p99(values);
  return [quantileSorted(resampled, 0.025) / truth - 1, quantileSorted(resampled, 0.975) / truth - 1];
}

/** Mean absolute error over every latency and statistic. */
export function meanAbsoluteError(errors: RunComparison['whole']): number {
  return mean(LATENCIES.flatMap((latency) => Object.values(errors[latency]).map(Math.abs)));
}
