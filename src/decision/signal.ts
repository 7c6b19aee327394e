/**
 * What a window may contain. One table names every signal, its unit and legal range, and whether a decision can be made
 * without it; Prometheus queries (`signals/`), KISim's telemetry and the observation all use these names.
 */
export interface SignalSpec {
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  /** A decision is refused when a required signal has no fresh sample. */
  readonly required: boolean;
  /** `window`: one value per tick. `latest`: one value per decision, for horizons longer than the window. */
  readonly depth: 'window' | 'latest';
  readonly meaning: string;
}

const spec = (
  unit: string,
  [min, max]: readonly [number, number],
  need: 'required' | 'optional',
  meaning: string,
  depth: SignalSpec['depth'] = 'window',
): SignalSpec => ({ unit, min, max, required: need === 'required', depth, meaning });

const REQUESTS = [0, 1e7] as const;
const RATE = [0, 1e6] as const;
const PODS = [0, 1e5] as const;
const RATIO = [0, 1] as const;
const SECONDS = [0, 1e6] as const;

export const SIGNALS = {
  queueDepth: spec('requests', REQUESTS, 'required', 'requests waiting for a slot, over all replicas'),
  runningRequests: spec('requests', REQUESTS, 'required', 'requests being served, over all replicas'),
  completionRate: spec('requests/s', RATE, 'required', 'requests finished per second over the last two scrapes'),
  specReplicas: spec('replicas', PODS, 'required', 'spec.replicas of the target as kube-state-metrics shows it'),
  readyReplicas: spec('replicas', PODS, 'required', 'ready replicas of the target'),
  arrivalRate: spec('requests/s', RATE, 'optional', 'requests received per second, where a gateway counts them'),
  p99Latency: spec('seconds', SECONDS, 'optional', 'p99 of the SLO latency over 60 s; absent without traffic'),
  meanLatency: spec('seconds', SECONDS, 'optional', 'mean of the SLO latency over 60 s; absent without traffic'),
  kvUsage: spec('ratio', RATIO, 'optional', 'largest KV-cache use of a replica'),
  gpuMemoryHeadroom: spec('ratio', RATIO, 'optional', 'smallest free share of GPU memory'),
  gpuUtilization: spec('ratio', RATIO, 'optional', 'mean busy share of the GPUs (a diagnostic)'),
  promptTokenRate: spec('tokens/s', [0, 1e10], 'optional', 'prompt tokens processed per second over 60 s'),
  generationTokenRate: spec('tokens/s', [0, 1e10], 'optional', 'tokens generated per second over 60 s'),
  finishedRate: spec(
    'requests/s',
    RATE,
    'optional',
    'requests finished per second over 60 s, aborted ones left out: what mean token lengths are divided by',
  ),
  preemptionRate: spec('1/s', RATE, 'optional', 'preempted requests per second over 60 s'),
  startingReplicas: spec('replicas', PODS, 'optional', 'replicas that exist and are not ready'),
  oldestStartingAge: spec('seconds', SECONDS, 'optional', 'age of the oldest replica that has never been ready'),
  youngestStartingAge: spec('seconds', SECONDS, 'optional', 'age of the youngest replica that has never been ready'),
  scrapedReplicas: spec('replicas', PODS, 'optional', 'replicas whose engine metrics have a live sample'),
  sampleAge: spec('seconds', SECONDS, 'optional', 'age of the newest engine sample at the evaluation time'),
  hpaMinReplicas: spec('replicas', PODS, 'optional', 'minReplicas of the HPA that KEDA made'),
  hpaMaxReplicas: spec('replicas', PODS, 'optional', 'maxReplicas of the HPA that KEDA made'),
  arrivalRateP95Hour: spec(
    'requests/s',
    RATE,
    'optional',
    '95th percentile of the arrival estimate over 1 h',
    'latest',
  ),
  coldStartP90: spec(
    'seconds',
    SECONDS,
    'optional',
    '90th percentile of time from creation to ready, of pods never restarted',
    'latest',
  ),
} as const satisfies Record<string, SignalSpec>;

export type SignalName = keyof typeof SIGNALS;

export const SIGNAL_NAMES = Object.keys(SIGNALS) as readonly SignalName[];

/**
 * A record with a value for every signal. Written out, because V8 turns objects that grow name by name into dictionaries, whose
 * every access is a search.
 */
export function perSignal<T>(valueFor: (name: SignalName) => T): Record<SignalName, T> {
  return {
    queueDepth: valueFor('queueDepth'),
    runningRequests: valueFor('runningRequests'),
    completionRate: valueFor('completionRate'),
    specReplicas: valueFor('specReplicas'),
    readyReplicas: valueFor('readyReplicas'),
    arrivalRate: valueFor('arrivalRate'),
    p99Latency: valueFor('p99Latency'),
    meanLatency: valueFor('meanLatency'),
    kvUsage: valueFor('kvUsage'),
    gpuMemoryHeadroom: valueFor('gpuMemoryHeadroom'),
    gpuUtilization: valueFor('gpuUtilization'),
    promptTokenRate: valueFor('promptTokenRate'),
    generationTokenRate: valueFor('generationTokenRate'),
    finishedRate: valueFor('finishedRate'),
    preemptionRate: valueFor('preemptionRate'),
    startingReplicas: valueFor('startingReplicas'),
    oldestStartingAge: valueFor('oldestStartingAge'),
    youngestStartingAge: valueFor('youngestStartingAge'),
    scrapedReplicas: valueFor('scrapedReplicas'),
    sampleAge: valueFor('sampleAge'),
    hpaMinReplicas: valueFor('hpaMinReplicas'),
    hpaMaxReplicas: valueFor('hpaMaxReplicas'),
    arrivalRateP95Hour: valueFor('arrivalRateP95Hour'),
    coldStartP90: valueFor('coldStartP90'),
  };
}
