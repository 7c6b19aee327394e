import { Option, type OptionValues } from '@commander-js/extra-typings';
import type { Seconds } from '../../base/units.js';
import type { VllmProfile } from '../../decision/serving-profile.js';
import { findProfileName } from '../../kisim/profiles/find-profile.js';
import { loadVllmProfile } from '../../kisim/profiles/load-profile.js';
import { createFastForwardEngine, createStepEngine } from '../../kisim/replica/engine.js';
import { type EngineOptions, engineOptionsFromProfile } from '../../kisim/replica/engine-options.js';
import { fitBase } from '../../kisim/replica/fit-base.js';
import { summarizeLatencies } from '../../kisim/replica/latency-statistics.js';
import { type Replayed, replay } from '../../kisim/replica/replay.js';
import { latenciesOf, type RequestLatencies, type RequestSpec } from '../../kisim/replica/request.js';
import { inFile } from '../../kisim/traffic/csv-rows.js';
import { type Lines, linesOfFile } from '../../kisim/traffic/lines.js';
import { readRequestTrace } from '../../kisim/traffic/request-trace.js';
import { TraceError } from '../../kisim/traffic/trace-error.js';
import { isVllmLog, readVllmLog } from '../../kisim/traffic/vllm-log.js';
import { createCsvFile } from '../csv-file.js';
import { decimal, integer } from '../option-parsers.js';
import { checkDistinct } from './distinct-files.js';
import type { SimulateMode } from './mode.js';
import { type EngineSummary, renderSingleReplica, type SingleReplicaResult } from './single-replica-table.js';
import { UsageError } from './usage-error.js';

const MS = 1e-3;

/** Requests of a file, and what a real server made of them where the file says so. */
interface Requests {
  readonly requests: readonly RequestSpec[];
  readonly recorded: readonly RequestLatencies[] | undefined;
}

/**
 * `kiscaler simulate --single-replica`: plays the requests of a file on one replica, with the step engine and with fast-forward,
 * and prints how long they took, beside what a recorded server took where the file has it.
 */
export const SINGLE_REPLICA_MODE: SimulateMode = {
  heading: 'One replica alone:',
  options: [
    new Option('--single-replica', 'play the requests of a file on one replica of vLLM and print latencies'),
    new Option('--requests <file>', "CSV arrival_s,input_tokens,output_tokens, or vLLM's per-request log (JSON lines)"),
    new Option('--gpu <name>', 'GPU of the profile, such as H100, "RTX 4090" or H100:3g.40gb'),
    new Option('--model <name>', 'model of the profile, such as llama-3.1-8b'),
    new Option('--tp <n>', 'GPUs per replica (default: 1)').argParser((text) => integer(text, 64)),
    new Option('--max-num-seqs <n>', "sequences at once (default: the profile's)").argParser((text) =>
      integer(text, 65_536),
    ),
    new Option('--max-num-batched-tokens <n>', "tokens per step (default: the profile's)").argParser((text) =>
      integer(text, 1_000_000),
    ),
    new Option('--kv-blocks <n>', "KV blocks, as vLLM reports them (default: the profile's capacity)").argParser(
      (text) => integer(text, 100_000_000),
    ),
    new Option('--c0 <ms>', "constant per step, milliseconds (default: the profile's)").argParser((text) =>
      decimal(text, 0, 1000),
    ),
    new Option('--fit-c0', 'fit c0 to the first half of a recorded log, and print the second half'),
    new Option('--no-prefix-caching', 'without prefix caching, which vLLM has on by default'),
  ],
  shared: ['json', 'requestsOut', 'profile'],
  async run(options) {
    const result = playSingleReplica(options);
    process.stdout.write(options['json'] ? `${JSON.stringify(result, undefined, 2)}\n` : renderSingleReplica(result));
  },
};

/** Plays what the options say and writes the requests where they say so. Throws UsageError, or as `fs` does. */
export function playSingleReplica(options: OptionValues): SingleReplicaResult {
  const profile = profileOf(options);
  const file = String(required(options, 'requests'));
  const { requestsOut } = options as { requestsOut?: string };
  checkDistinct([['--requests', file]], [['--requests-out', requestsOut]]);
  const { requests, recorded } = readRequests(file);
  const given = engineOf(profile, options);
  const c0 = options['fitC0'] ? fitC0(requests, recorded, given, options) : undefined;
  const engine = c0 === undefined ? given : { ...given, law: { ...given.law, base: c0 } };
  const step = replay(requests, engine, createStepEngine);
  const fast = replay(requests, engine, createFastForwardEngine);
  if (requestsOut !== undefined) writeRequests(requestsOut, step);
  const from = c0 === undefined ? 0 : Math.ceil(requests.length / 2);
  return {
    profile: profile.name,
    requests: requests.length - from,
    ...(c0 === undefined ? {} : { fittedC0_ms: c0 / MS }),
    engines: { step: summarize(step, from), fast: summarize(fast, from) },
    ...(recorded && { recorded: summarizeLatencies(recorded.slice(from)) }),
  };
}

function fitC0(
  requests: readonly RequestSpec[],
  recorded: readonly RequestLatencies[] | undefined,
  engine: EngineOptions,
  options: OptionValues,
): Seconds {
  if (options['c0'] !== undefined) throw new UsageError('--fit-c0 and --c0 exclude each other');
  if (!recorded) throw new UsageError("--fit-c0: needs vLLM's per-request log, with first_token_ts and last_token_ts");
  return fitBase(requests, recorded, engine);
}

function required(options: OptionValues, name: string): unknown {
  const value = options[name];
  if (value === undefined) throw new UsageError(`--${name}: must be given with --single-replica`);
  return value;
}

function profileOf(options: OptionValues): VllmProfile {
  const name = options['profile'] === undefined ? nameOf(options) : String(options['profile']);
  const profile = loadVllmProfile(name);
  if (!profile.ok) throw new UsageError(profile.error);
  return profile.value;
}

function nameOf(options: OptionValues): string {
  const found = findProfileName({
    gpu: String(required(options, 'gpu')),
    model: String(required(options, 'model')),
    tensorParallel: Number(options['tp'] ?? 1),
  });
  if (!found.ok) throw new UsageError(found.error);
  return found.value;
}

function engineOf(profile: VllmProfile, options: OptionValues) {
  const engine = engineOptionsFromProfile(profile, { ttftBounds: [], e2eBounds: [] });
  const {
    maxNumSeqs = engine.maxNumSeqs,
    maxNumBatchedTokens = engine.maxBatchedTokens,
    kvBlocks = engine.kvBlocks,
  } = options as { maxNumSeqs?: number; maxNumBatchedTokens?: number; kvBlocks?: number };
  const given = {
    '--max-num-seqs': maxNumSeqs,
    '--max-num-batched-tokens': maxNumBatchedTokens,
    '--kv-blocks': kvBlocks,
  };
  for (const [option, value] of Object.entries(given))
    if (value < 1) throw new UsageError(`${option}: must be >= 1, found ${value}`);
  const c0 = options['c0'] as number | undefined;
  return {
    ...engine,
    maxNumSeqs,
    maxBatchedTokens: maxNumBatchedTokens,
    kvBlocks,
    law: c0 === undefined ? engine.law : { ...engine.law, base: c0 * MS },
    prefixCaching: options['prefixCaching'] !== false,
  };
}

function readRequests(path: string): Requests {
  const lines = linesOfFile(path);
  try {
    return inFile(path, () =>
      isVllmLog(lines) ? readLog(lines) : { requests: readTrace(lines), recorded: undefined },
    );
  } catch (error) {
    if (error instanceof TraceError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function readLog(lines: Lines): Requests {
  const rows = readVllmLog(lines);
  const recorded = rows.flatMap((row) => (row.recorded ? [row.recorded] : []));
  return {
    requests: rows.map(({ request }) => request),
    recorded: recorded.length === rows.length ? recorded : undefined,
  };
}

function readTrace(lines: Lines): readonly RequestSpec[] {
  const traffic = readRequestTrace(lines).open();
  const requests: RequestSpec[] = [];
  for (let request = traffic.next(); request; request = traffic.next()) requests.push(request);
  return requests;
}

function summarize({ records: all, preemptions }: Replayed, from: number): EngineSummary {
  const records = all.slice(from);
  const end = records.reduce((latest, { finishedAt }) => Math.max(latest, finishedAt), 0);
  const completed = records.filter(({ outcome }) => outcome === 'completed').length;
  return {
    ...summarizeLatencies(records.map(latenciesOf)),
    preemptions,
    completed,
    rejected: records.length - completed,
    throughput_rps: completed / (end - (records[0]?.arrival ?? 0)),
  };
}

function writeRequests(path: string, { records }: Replayed): void {
  const file = createCsvFile(path, ['arrival_s', 'ttft_s', 'tpot_s', 'latency_s', 'outcome']);
  for (const record of records) {
    const { ttft, tpot, latency } = latenciesOf(record);
    file.row([record.arrival, ttft, tpot, latency, record.outcome]);
  }
  file.finish();
}
