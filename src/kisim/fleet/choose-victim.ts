import { isLower } from '../../base/numbers.js';
import type { Replicas } from '../../base/units.js';
import type { Node } from './node.js';
import { isActive, type Pod } from './pod.js';

/**
 * The pod that a ReplicaSet removes first: one without a node, then one whose container has not started, then one that is not
 * ready, then one of those that crowd a node, then the one that is ready for the shortest time, then the one that was restarted
 * most, then the youngest (pkg/controller/controller_utils.go, ActivePodsWithRanks; its coarse logarithmic ages are left out).
 * `isCandidate` narrows the choice, not the crowd.
 */
export function chooseVictim(pods: readonly Pod[], isCandidate: (pod: Pod) => boolean = () => true): Pod | undefined {
  const crowds = new Map<Node, Replicas>();
  for (const pod of pods) if (pod.node && isActive(pod)) crowds.set(pod.node, (crowds.get(pod.node) ?? 0) + 1);
  let victim: Pod | undefined;
  let lowest: readonly number[] = [];
  for (const pod of pods) {
    if (!isActive(pod) || !isCandidate(pod)) continue;
    const rank = rankOf(pod, pod.node ? (crowds.get(pod.node) ?? 0) : 0);
    if (victim && !isLower(rank, lowest)) continue;
    victim = pod;
    lowest = rank;
  }
  return victim;
}

/** Compared from left to right; the lowest goes first. */
function rankOf(pod: Pod, crowd: Replicas): readonly number[] {
  const { phase, startPhase, waitingReason, readyAt, restarts, createdAt, ordinal } = pod;
  const isReady = phase === 'ready';
  const isBound = isReady || waitingReason === 'NodeLost' || (startPhase !== 'schedule' && startPhase !== 'node');
  const hasStarted = isBound && startPhase !== 'image';
  const since = isReady ? readyAt : 0;
  return [Number(isBound), Number(hasStarted), Number(isReady), -crowd, -since, -restarts, -createdAt, -ordinal];
}
