import { mean, quantileSorted } from '../../../src/base/statistics.js';
import type { Seconds } from '../../../src/base/units.js';
import type { RequestRecord, RequestSpec } from '../../../src/kisim/replica/request.js';
import { loadReplicaKind } from '../../../src/kisim/replica-kind.js';
import type { Traffic } from '../../../src/kisim/traffic/traffic.js';
import { createFleetRun, type FleetRunOptions } from '../../../src/scenarios/create-fleet-run.js';
import type { RunStatistics } from '../../../src/scenarios/fleet-run.js';
import { testRunOptions, testWorkload } from '../../kisim/support/runs.js';

const kind = loadReplicaKind('demo-small');
if (!kind.ok) throw new Error(kind.error);
const { profile, createReplica, latencyBounds } = kind.value;

/** The shortest engine step of the laws' replicas. */
export const STEP: Seconds = profile.engine === 'vllm' ? profile.law.base : Number.NaN;

/** Requests per second that one replica of the laws' fleets serves at the lengths of `requestsOf`, about. */
export const REPLICA_RATE = 4;

export interface FleetPlay {
  /** In order of arrival. */
  readonly records: readonly RequestRecord[];
  readonly statistics: RunStatistics;
}

/** A fleet of vLLM replicas that nobody scales, on the given requests, until all have ended. */
export function playFleet(
  requests: readonly RequestSpec[],
  replicas: number,
  seed: number,
  changes: Partial<FleetRunOptions> = {},
): FleetPlay {
  const records: RequestRecord[] = [];
  const run = createFleetRun({
    ...testRunOptions(seed, {
      workload: testWorkload({ profile, bounds: { minReplicas: replicas, maxReplicas: replicas } }),
      profile,
      createReplica,
      latencyBounds: latencyBounds.ttft,
      initialReplicas: replicas,
      clientTimeout: 1e6,
      onRequest: (record) => records.push(record),
      ...changes,
    }),
    traffic: trafficOf(requests),
  });
  const last = requests.at(-1)?.arrival ?? 0;
  for (let now = last; !run.isOver && now < last + 1e5; now += 60) run.advanceTo(now + 60);
  const statistics = run.finish();
  return { records: records.sort((a, b) => a.arrival - b.arrival), statistics };
}

export function trafficOf(requests: readonly RequestSpec[]): Traffic {
  let next = 0;
  return { next: () => requests[next++] };
}

export const latencyOf = ({ finishedAt, arrival }: RequestRecord): Seconds => finishedAt - arrival;
export const ttftOf = ({ firstTokenAt, arrival }: RequestRecord): Seconds => firstTokenAt - arrival;

/** Mean, p50 and p99 of a time over records. */
export function summary(records: readonly RequestRecord[], of: (record: RequestRecord) => Seconds) {
  const values = records.map(of).sort((a, b) => a - b);
  return { mean: mean(values), p50: quantileSorted(values, 0.5), p99: quantileSorted(values, 0.99) };
}
