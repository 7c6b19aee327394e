import type { Seconds } from '../../base/units.js';
import { type EventQueue, PRIORITY } from '../event-queue.js';
import type { Fleet } from './fleet.js';
import type { Node } from './node.js';
import type { Pod } from './pod.js';

/** Pods of a node that exist, terminating ones included, oldest first. */
export function podsOn(fleet: Fleet, node: Node): Fleet['pods'] {
  return fleet.pods.filter((pod) => pod.node === node);
}

/** How a node goes down; times from then on. */
export interface NodeOutage {
  readonly now: Seconds;
  /** When it comes back, absolute; Infinity: never. */
  readonly until: Seconds;
  /** Its pods stop being ready when the cluster has missed it for so long ... */
  readonly detectAfter: Seconds;
  /** ... and are deleted, and replaced, when it has given it up. */
  readonly evictAfter: Seconds;
}

/**
 * A node goes down at once with all that it runs. Until the cluster has noticed, its pods take requests and never answer; then
 * the requests are lost. Who waited for the node, if it was only ordered, looks elsewhere.
 */
export function loseNode(fleet: Fleet, node: Node, outage: NodeOutage, timers: EventQueue): void {
  const { scheduler } = fleet.kubelet.starts;
  const { nodes } = scheduler;
  if (!nodes || node.state === 'gone' || node.state === 'lost') return;
  const { now, until, detectAfter, evictAfter } = outage;
  const wasOrdered = node.state === 'ordered';
  nodes.lose(node);
  if (wasOrdered) scheduler.renounce(node, now);
  for (const pod of podsOn(fleet, node)) {
    if (pod.phase === 'starting' || detectAfter === 0) fleet.kubelet.disconnect(pod, now);
    else fleet.kubelet.cutOff(pod, now);
  }
  const within = (after: Seconds): Seconds => Math.min(now + after, until);
  timers.schedule(within(detectAfter), PRIORITY.pod, (at) => {
    for (const pod of podsOn(fleet, node)) fleet.kubelet.disconnect(pod, at);
  });
  timers.schedule(within(evictAfter), PRIORITY.pod, (at) => {
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
