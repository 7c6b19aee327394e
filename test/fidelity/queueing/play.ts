import { createRng } from '../../../src/base/rng.js';
import type { RequestRecord } from '../../../src/kisim/replica/request.js';
import { constantLength } from '../../../src/kisim/traffic/length-distribution.js';
import { pathOfKnots } from '../../../src/kisim/traffic/rate-path.js';
import { createRateTraffic } from '../../../src/kisim/traffic/rate-traffic.js';
import { createFleetRun } from '../../../src/scenarios/create-fleet-run.js';
import type { FleetRun } from '../../../src/scenarios/fleet-run.js';
import { testRunOptions, testWorkload } from '../../kisim/support/runs.js';
import { BatchMeans, type Interval, normalBelow } from './batch-means.js';
import { createServer } from './server.js';
import type { Observable, QueueingSystem } from './systems.js';

/** Mean service time: far above the 0.1 ms at which KISim's own histogram begins. */
export const SERVICE_TIME = 0.01;
/** Share of the jobs that only warm the queue up. */
const WARM_UP = 0.02;

export interface PlayOptions {
  readonly jobs: number;
  readonly seed: number;
  /** Makes every service that much longer than the theory is told: a wrong simulator. */
  readonly serviceFactor?: number;
}

/** One observable of a played queue beside theory. */
export interface Finding {
  readonly observable: Observable;
  readonly expected: number;
  readonly interval: Interval;
  /** (measured - expected) / expected. */
  readonly error: number;
  /** Chance that a server 2 % too slow would leave the 99 % interval, by this run's spread. */
  readonly power: number;
}

export interface Played {
  readonly findings: readonly Finding[];
  /** p99 of the time in system from KISim's own histogram, in mean service times. */
  readonly p99: number;
  readonly jobs: number;
}

const WRONG = 1.02;

/** Plays a queue through traffic, arrival source, dispatcher, router, event loop and ledger. */
export function play(system: QueueingSystem, options: PlayOptions): Played {
  const { observables } = system;
  const means = observables.map(
    () => new BatchMeans(Math.floor(((1 - WARM_UP) * options.jobs) / batchesFor(options.jobs))),
  );
  const run = openRun(system, options, (record) => {
    for (let i = 0; i < observables.length; i++) {
      const value = (observables[i] as Observable).of(record, SERVICE_TIME);
      if (value !== undefined) (means[i] as BatchMeans).add(value);
    }
  });
  run.advanceTo((options.jobs * SERVICE_TIME) / system.load);
  const { e2e, injected } = run.finish();
  return {
    findings: observables.map((observable, i) => judge(observable, (means[i] as BatchMeans).interval())),
    p99: e2e.p99 / SERVICE_TIME,
    jobs: injected,
  };
}

/** A batch at rho 0.9 should be dozens of relaxation times long (each about 380 service times), so short runs have few of them. */
function batchesFor(jobs: number): number {
  return jobs >= 1e6 ? 50 : 20;
}

function judge(observable: Observable, interval: Interval): Finding {
  const expected = observable.expected(1);
  const shift = Math.abs(observable.expected(WRONG) - expected) / interval.standardError;
  return {
    observable,
    expected,
    interval,
    error: interval.mean / expected - 1,
    power: normalBelow(shift - interval.halfWidth / interval.standardError),
  };
}

/** A fleet of the system's servers at time 0. `onRequest` sees the requests after the warm-up. */
export function openRun(
  system: QueueingSystem,
  { jobs, seed, serviceFactor = 1 }: PlayOptions,
  onRequest: (record: RequestRecord) => void,
  interval = 15,
): FleetRun {
  const rate = system.load / SERVICE_TIME;
  const duration = jobs / rate;
  const rng = createRng(seed);
  const service = rng.stream('service');
  const thinning = rng.stream('thinning');
  const { replicas, servers, capacity, acceptance } = system;
  return createFleetRun(
    testRunOptions(seed, {
      workload: testWorkload({
        slo: { metric: 'ttft', limit: 1e6 },
        bounds: { minReplicas: replicas, maxReplicas: replicas },
      }),
      traffic: createRateTraffic(
        {
          path: pathOfKnots([
            [0, rate],
            [duration, rate],
          ]),
          lengths: { input: constantLength(1), output: constantLength(1) },
        },
        rng.stream('traffic'),
      ),
      createReplica: (listener) =>
        createServer(
          {
            servers,
            capacity,
            drawService: () => serviceFactor * SERVICE_TIME * system.draw(service),
            drawUniform: () => thinning.next(),
            ...(acceptance ? { acceptance } : {}),
          },
          listener,
        ),
      latencyBounds: [],
      initialReplicas: replicas,
      router: 'round-robin',
      clientTimeout: 1e9,
      grid: { interval, ticks: 4, lag: interval },
      countFrom: WARM_UP * duration,
      onRequest,
    }),
  );
}
