import type { Replicas } from '../../base/units.js';
import type { StartPhase } from './cold-start.js';
import type { Fleet } from './fleet.js';

/** What a fleet consists of; `draining` replicas are outside `spec` already but still billed. */
export interface ReplicaCounts {
  readonly spec: Replicas;
  readonly starting: Replicas;
  readonly ready: Replicas;
  readonly draining: Replicas;
  /** The starting ones by where they stand; a container that restarts has its weights to load again. */
  readonly phases: Readonly<Record<StartPhase, Replicas>>;
  /** Of the starting ones: those that find no room, and those that wait to be restarted. */
  readonly unschedulable: Replicas;
  readonly crashLooping: Replicas;
}

export function countReplicas(fleet: Fleet): ReplicaCounts {
  const phases = { schedule: 0, node: 0, image: 0, weights: 0, engine: 0, warmup: 0 };
  let unschedulable = 0;
  let crashLooping = 0;
  for (const { phase, startPhase, waitingReason } of fleet.pods) {
    if (phase === 'starting' && startPhase) phases[startPhase]++;
    if (waitingReason === 'Unschedulable') unschedulable++;
    if (waitingReason === 'CrashLoopBackOff') crashLooping++;
  }
  return {
    spec: fleet.spec,
    starting: fleet.count('starting'),
    ready: fleet.count('ready'),
    draining: fleet.count('draining'),
    phases,
    unschedulable,
    crashLooping,
  };
}
