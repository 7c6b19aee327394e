import type { Seconds } from '../../base/units.js';
import { type EventQueue, PRIORITY } from '../event-queue.js';
import type { Fleet } from './fleet.js';
import type { Node } from './node.js';
import type { Pod } from './pod.js';

/** Pods of a node that exist, terminating ones included, oldest first. */
export function podsOn(fleet: Fleet, node: Node): Fleet['pods'] {
  return fleet.pods.filter((pod) => pod.node === node);
}

/**
 * A node goes down at once. Its pods lose their requests and stop counting as ready; they are deleted, and replaced, `evictAfter`
 * seconds later, when the cluster has given the node up. It comes back at `until`, else never.
 */
export function loseNode(
  fleet: Fleet,
  node: Node,
  { now, until, evictAfter }: { readonly now: Seconds; readonly until: Seconds; readonly evictAfter: Seconds },
  timers: EventQueue,
): void {
  const { scheduler } = fleet.kubelet.starts;
  const { nodes } = scheduler;
  if (!nodes || node.state === 'gone' || node.state === 'lost') return;
  const wasOrdered = node.state === 'ordered';
  nodes.lose(node);
  if (wasOrdered) scheduler.renounce(node, now);
  for (const pod of podsOn(fleet, node)) fleet.kubelet.disconnect(pod, now);
  timers.schedule(now + Math.min(evictAfter, until - now), PRIORITY.pod, (at) => {
    for (const pod of podsOn(fleet, node)) fleet.kubelet.kill(pod, at);
    if (until === Number.POSITIVE_INFINITY) nodes.remove(node, at);
  });
  if (until < Number.POSITIVE_INFINITY) timers.schedule(until, PRIORITY.pod, (at) => nodes.repair(node, at));
}

/** The cloud wants a spot node back: its pods are drained and replaced at once; after `notice` seconds it is gone. */
export function reclaimNode(fleet: Fleet, node: Node, notice: Seconds, now: Seconds, timers: EventQueue): void {
  const { nodes } = fleet.kubelet.starts.scheduler;
  if (!nodes || node.state !== 'ready') return;
  nodes.cordon(node);
  for (const pod of podsOn(fleet, node)) fleet.kubelet.delete(pod, now, notice);
  timers.schedule(now + notice, PRIORITY.pod, (at) => {
    for (const pod of podsOn(fleet, node)) fleet.kubelet.kill(pod, at);
    nodes.remove(node, at);
  });
}

/** The GPU of a pod fails: the pod is lost and replaced, and one GPU of its node is unusable until `until`. */
export function breakGpu(fleet: Fleet, pod: Pod, until: Seconds, now: Seconds, timers: EventQueue): void {
  const { node } = pod;
  const { nodes } = fleet.kubelet.starts.scheduler;
  if (node) node.broken++;
  fleet.kubelet.kill(pod, now);
  if (!node || until === Number.POSITIVE_INFINITY) return;
  timers.schedule(until, PRIORITY.pod, (at) => nodes?.repairGpu(node, at));
}
