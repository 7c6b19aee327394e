import type { Seconds } from '../../../src/base/units.js';
import type { Replica, ReplicaListener } from '../../../src/kisim/replica/replica.js';
import type { ReplicaCounters } from '../../../src/kisim/replica/request.js';

export interface SlotReplicaOptions {
  readonly slots: number;
  readonly queueCapacity: number;
  /** Seconds that a request takes in a slot. */
  readonly serviceTime: (inputTokens: number, outputTokens: number) => Seconds;
  readonly bounds: readonly Seconds[];
}

export const TEST_BOUNDS: readonly Seconds[] = [0.1, 0.5, 1, 2, 5, 10, 60];

interface Job {
  readonly request: number;
  readonly submittedAt: Seconds;
  readonly input: number;
  readonly output: number;
  startedAt: Seconds;
  endsAt: Seconds;
  hasToken: boolean;
}

/** The simplest replica there is: `slots` servers and a first-come queue; the first token comes a tenth into the service. */
export function createSlotReplica(options: SlotReplicaOptions, listener: ReplicaListener): Replica {
  const counters = emptyCounters(options.bounds.length);
  let waiting: Job[] = [];
  let running: Job[] = [];
  let clock = 0;
  let speedFactor = 1;
  const tokenAt = (job: Job): Seconds => job.startedAt + 0.1 * (job.endsAt - job.startedAt);
  const nextOf = (job: Job): Seconds => (job.hasToken ? job.endsAt : tokenAt(job));
  const next = (): Job | undefined =>
    running.reduce<Job | undefined>((best, job) => (!best || nextOf(job) < nextOf(best) ? job : best), undefined);
  const start = (now: Seconds): void => {
    while (running.length < options.slots && waiting.length > 0) {
      const job = waiting.shift() as Job;
      job.startedAt = now;
      job.endsAt = now + speedFactor * options.serviceTime(job.input, job.output);
      running.push(job);
    }
  };
  const observe = (kind: 'ttft' | 'e2e', value: Seconds): void => {
    const buckets = kind === 'ttft' ? counters.ttftBuckets : counters.e2eBuckets;
    const bucket = options.bounds.findIndex((bound) => value <= bound);
    const index = bucket < 0 ? options.bounds.length : bucket;
    buckets[index] = (buckets[index] as number) + 1;
    counters[`${kind}Sum`] += value;
    counters[`${kind}Count`]++;
  };
  const step = (job: Job): void => {
    const now = nextOf(job);
    if (!job.hasToken) {
      job.hasToken = true;
      observe('ttft', now - job.submittedAt);
      listener.onFirstToken(job.request, now);
      return;
    }
    running = running.filter((other) => other !== job);
    counters.finished++;
    counters.promptTokens += job.input;
    counters.generationTokens += job.output;
    observe('e2e', now - job.submittedAt);
    start(now);
    listener.onFinished(job.request, now, 'completed', job.startedAt, 0);
  };
  const advance = (until: Seconds): void => {
    for (let job = next(); job && nextOf(job) <= until; job = next()) {
      const at = nextOf(job);
      if (running.length > 0) counters.busySeconds += Math.max(0, at - clock);
      clock = Math.max(clock, at);
      step(job);
    }
    if (running.length > 0) counters.busySeconds += Math.max(0, until - clock);
    clock = Math.max(clock, until);
  };
  return {
    submit(request, now, input, output) {
      advance(now);
      if (waiting.length >= options.queueCapacity) return false;
      waiting.push({ request, submittedAt: now, input, output, startedAt: 0, endsAt: 0, hasToken: false });
      start(now);
      return true;
    },
    abort(request, now) {
      advance(now);
      const before = waiting.length + running.length;
      waiting = waiting.filter((job) => job.request !== request);
      running = running.filter((job) => job.request !== request);
      const isFound = waiting.length + running.length < before;
      if (isFound) {
        counters.finished++;
        counters.aborted++;
      }
      start(now);
      return isFound;
    },
    advance,
    get nextEventAt() {
      const job = next();
      return job ? nextOf(job) : Number.POSITIVE_INFINITY;
    },
    evict(now) {
      advance(now);
      const all = [...running, ...waiting].map(({ request }) => request);
      running = [];
      waiting = [];
      return all;
    },
    setSpeedFactor(factor, now) {
      advance(now);
      speedFactor = factor;
    },
    waitingRequests: () => waiting.map(({ request }) => request),
    get waiting() {
      return waiting.length;
    },
    get running() {
      return running.length;
    },
    get kvUsage() {
      return running.length / options.slots;
    },
    counters,
  };
}

function emptyCounters(bounds: number): ReplicaCounters {
  return {
    finished: 0,
    aborted: 0,
    promptTokens: 0,
    generationTokens: 0,
    preemptions: 0,
    prefixQueries: 0,
    prefixHits: 0,
    busySeconds: 0,
    ttftSum: 0,
    e2eSum: 0,
    ttftBuckets: new Float64Array(bounds + 1),
    e2eBuckets: new Float64Array(bounds + 1),
    ttftCount: 0,
    e2eCount: 0,
  };
}
