import { createRng } from '../../../src/base/rng.js';
import { mean, quantileSorted } from '../../../src/base/statistics.js';
import type { Ratio, Seconds } from '../../../src/base/units.js';
import type { BatchLaw } from '../../../src/decision/serving-profile.js';
import { createTritonReplica } from '../../../src/kisim/replica/triton.js';
import type { Sent } from './open-loop.js';
import type { ModelConfiguration, ModelStatistics } from './triton-server.js';

/** Figures that have a limit, in milliseconds but for `batch` (requests an execution) and `served` (requests). */
export const FIGURES = ['mean', 'p50', 'p90', 'batch', 'queue', 'served'] as const;
export type Figure = (typeof FIGURES)[number] | 'p99';
export type Figures = Readonly<Record<Figure, number>>;

/** One run of a real server beside the simulated one on the same arrivals. */
export interface Comparison {
  /** T(b) by the server's own metrics: milliseconds. */
  readonly a: number;
  readonly c: number;
  /** Milliseconds between client and server, both ways: the client's mean latency less the server's own mean request time. */
  readonly transport: number;
  readonly measured: Figures;
  readonly simulated: Figures;
  /** 95 % interval of the measured p99. */
  readonly p99Interval: readonly [number, number];
}

/** What a run of a real server left behind: its requests, and its own figures before and after. */
export interface Recording {
  readonly model: ModelConfiguration;
  readonly requests: readonly Sent[];
  readonly before: ModelStatistics;
  readonly after: ModelStatistics;
}

export function compare({ model, requests, before, after }: Recording, earlyWakes: Ratio): Comparison {
  const law = fitLaw(before, after);
  const served = requests.filter(({ isServed }) => isServed);
  const latencies = served.map(({ at, doneAt }) => 1000 * (doneAt - at));
  const { success: end } = after.inference_stats;
  const { success: start } = before.inference_stats;
  const transport = mean(latencies) - (end.ns - start.ns) / (end.count - start.count) / 1e6;
  const count = after.inference_stats.queue.count - before.inference_stats.queue.count;
  const queueNs = after.inference_stats.queue.ns - before.inference_stats.queue.ns;
  return {
    a: 1000 * law.base,
    c: 1000 * law.perRequest,
    transport,
    measured: {
      ...ofLatencies(latencies),
      batch: count / (after.execution_count - before.execution_count),
      queue: queueNs / count / 1e6,
      served: served.length,
    },
    simulated: simulate({ model, requests, law, transport, earlyWakes }),
    p99Interval: intervalOfP99(latencies),
  };
}

/** The share of early wakes (0 to 0.6) with which the mean queue time of a recording comes out best. */
export function fitEarlyWakes(recording: Recording): Ratio {
  let best = { share: 0, error: Number.POSITIVE_INFINITY };
  for (let step = 0; step <= 12; step++) {
    const share = step / 20;
    const error = Math.abs(errorOf(compare(recording, share), 'queue'));
    if (error < best.error) best = { share, error };
  }
  return best.share;
}

/** Relative error of the simulation. */
export function errorOf({ measured, simulated }: Comparison, figure: Figure): Ratio {
  return simulated[figure] / measured[figure] - 1;
}

/** Least squares of the mean duration of executions by their size, weighted by how many there were. */
function fitLaw(before: ModelStatistics, after: ModelStatistics): BatchLaw {
  const sums = { n: 0, x: 0, y: 0, xx: 0, xy: 0 };
  for (const { batch_size: size, ...durations } of after.batch_stats) {
    const earlier = before.batch_stats.find(({ batch_size }) => batch_size === size);
    const total = (pick: 'count' | 'ns'): number =>
      (['compute_input', 'compute_infer', 'compute_output'] as const).reduce(
        (sum, part) => sum + durations[part][pick] - (earlier?.[part][pick] ?? 0),
        0,
      );
    const n = total('count') / 3;
    if (n === 0) continue;
    const seconds = total('ns') / n / 1e9;
    sums.n += n;
    sums.x += n * size;
    sums.y += n * seconds;
    sums.xx += n * size * size;
    sums.xy += n * size * seconds;
  }
  const spread = sums.n * sums.xx - sums.x ** 2;
  const perRequest = spread > 0 ? (sums.n * sums.xy - sums.x * sums.y) / spread : 0;
  return { base: (sums.y - perRequest * sums.x) / sums.n, perRequest };
}

interface Simulated extends Pick<Recording, 'model' | 'requests'> {
  readonly law: BatchLaw;
  readonly transport: number;
  readonly earlyWakes: Ratio;
}

/** The replica on the arrivals of a recording; its latencies as a client would have seen them, transport included. */
function simulate({ model, requests, law, transport, earlyWakes }: Simulated): Figures {
  const latencies: number[] = [];
  const waits: number[] = [];
  const executions = new Set<Seconds>();
  const at = (request: number): Seconds => (requests[request] as Sent).at;
  const { maxBatchSize, preferred, delayMs, instances, maxQueueSize } = model;
  const replica = createTritonReplica(
    {
      ...{ law, maxBatchSize, instances, earlyWakes, e2eBounds: [] },
      preferredBatchSizes: preferred,
      maxQueueDelay: delayMs / 1000,
      ...(maxQueueSize === undefined ? {} : { maxQueueSize }),
    },
    {
      onFirstToken: () => {},
      onFinished: (request, finishedAt, _outcome, startedAt) => {
        latencies.push(1000 * (finishedAt - at(request)) + transport);
        waits.push(1000 * (startedAt - at(request)));
        executions.add(startedAt);
      },
    },
  );
  requests.forEach((request, i) => {
    replica.submit(i, request.at, 1, 1, -1, 0);
  });
  replica.advance(Number.MAX_VALUE);
  const served = latencies.length;
  return { ...ofLatencies(latencies), batch: served / executions.size, queue: mean(waits), served };
}

function ofLatencies(latencies: readonly number[]): Pick<Figures, 'mean' | 'p50' | 'p90' | 'p99'> {
  const sorted = Float64Array.from(latencies).sort();
  const [p50, p90, p99] = [0.5, 0.9, 0.99].map((q) => quantileSorted(sorted, q)) as [number, number, number];
  return { mean: mean(latencies), p50, p90, p99 };
}

const RESAMPLES = 500;
/** Requests that are drawn together, because neighbours wait in the same queue. */
const BLOCK = 50;

/** Central 95 % of the 99th percentile over resamples of blocks of neighbours (moving block bootstrap, Künsch 1989). */
function intervalOfP99(latencies: readonly number[]): readonly [number, number] {
  const rng = createRng(1, 'bootstrap');
  const blocks = Math.ceil(latencies.length / BLOCK);
  const starts = Math.max(1, latencies.length - BLOCK + 1);
  const quantiles = Array.from({ length: RESAMPLES }, () => {
    const drawn: number[] = [];
    for (let i = 0; i < blocks; i++) {
      const from = Math.floor(rng.next() * starts);
      drawn.push(...latencies.slice(from, from + BLOCK));
    }
    return quantileSorted(
      drawn.sort((a, b) => a - b),
      0.99,
    );
  }).sort((a, b) => a - b);
  return [quantileSorted(quantiles, 0.025), quantileSorted(quantiles, 0.975)];
}
