import { quantileSorted } from '../../base/statistics.js';
import type { Replicas, Seconds } from '../../base/units.js';
import type { Pod } from '../fleet/pod.js';

/** What kube-state-metrics showed of the Deployment and its pods when it was last scraped. */
export interface KubeState {
  readonly specReplicas: Replicas;
  readonly readyReplicas: Replicas;
  /** status.replicas - readyReplicas. */
  readonly startingReplicas: Replicas;
  /** Creation of the first and last pod that has never been ready; NaN without one. */
  readonly oldestStartedAt: Seconds;
  readonly youngestStartedAt: Seconds;
  /** 90th percentile of ready time - creation over the pods that have never been restarted; NaN without one. */
  readonly coldStartP90: Seconds;
}

/** Terminating pods are no longer counted by the Deployment's status. */
export function readKubeState(specReplicas: Replicas, pods: readonly Pod[]): KubeState {
  let readyReplicas = 0;
  let startingReplicas = 0;
  let oldest = Number.NaN;
  let youngest = Number.NaN;
  const starts: Seconds[] = [];
  for (const pod of pods) {
    if (pod.phase === 'ready') readyReplicas++;
    if (pod.phase === 'starting') {
      startingReplicas++;
      oldest = Number.isNaN(oldest) ? pod.createdAt : Math.min(oldest, pod.createdAt);
      youngest = Number.isNaN(youngest) ? pod.createdAt : Math.max(youngest, pod.createdAt);
    } else if (pod.restarts === 0) starts.push(pod.readyAt - pod.createdAt);
  }
  starts.sort((a, b) => a - b);
  return {
    specReplicas,
    readyReplicas,
    startingReplicas,
    oldestStartedAt: oldest,
    youngestStartedAt: youngest,
    coldStartP90: starts.length === 0 ? Number.NaN : quantileSorted(starts, 0.9),
  };
}
