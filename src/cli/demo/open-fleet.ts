import type { Behavior } from '../../autoscaling/behavior.js';
import type { Replicas, Seconds } from '../../base/units.js';
import type { Bounds } from '../../decision/workload.js';
import type { ReplicaKind } from '../../kisim/replica-kind.js';
import type { Traffic } from '../../kisim/traffic/traffic.js';
import { createFleetRun } from '../../scenarios/create-fleet-run.js';
import type { FleetRun } from '../../scenarios/fleet-run.js';

export interface OpenFleetOptions {
  readonly kind: ReplicaKind;
  readonly bounds: Bounds;
  readonly slo: Seconds;
  readonly seed: number;
  readonly traffic: Traffic;
  readonly initialReplicas: Replicas;
  readonly behavior: Behavior;
}

/** Seconds after which clients give up. */
const CLIENT_TIMEOUT: Seconds = 60;
const COLD_START_SIGMA = 0.15;

/** A fleet of the demo at time 0, with a TTFT objective. */
export function openFleet({ kind, bounds, slo, seed, traffic, initialReplicas, behavior }: OpenFleetOptions): FleetRun {
  const { profile, createReplica, latencyBounds } = kind;
  return createFleetRun({
    workload: {
      namespace: 'demo',
      name: 'chat',
      target: { kind: 'Deployment', name: 'chat' },
      engine: 'vllm',
      slo: { metric: 'ttft', limit: slo },
      bounds,
      missPrice: 30,
      policy: 'learned',
      profile,
      coldStart: profile.coldStart,
      backend: 'default',
      hpaTolerance: 0,
    },
    profile,
    traffic,
    seed,
    createReplica,
    latencyBounds: latencyBounds.ttft,
    initialReplicas,
    coldStart: { median: profile.coldStart, sigma: COLD_START_SIGMA },
    control: { behavior, pollingInterval: 15, cooldownPeriod: 0 },
    clientTimeout: CLIENT_TIMEOUT,
  });
}
