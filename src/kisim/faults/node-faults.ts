import { z } from 'zod';
import type { Ratio, Seconds } from '../../base/units.js';
import { duration } from '../duration.js';
import { type EventQueue, PRIORITY } from '../event-queue.js';
import type { Fleet } from '../fleet/fleet.js';
import type { Node } from '../fleet/node.js';
import { breakGpu, loseNode, type NodeOutage, podsOn, reclaimNode } from '../fleet/node-failures.js';
import type { Pod } from '../fleet/pod.js';
import { at, count, during, until } from './fault-line.js';
import { oldestReady } from './pod-faults.js';

/**
 * A cluster misses a silent node after 50 s (node-monitor-grace-period of Kubernetes 1.35). Where its cloud then says that it is
 * gone, its pods are deleted within half a minute; where nobody does, after 350 s (their tolerations).
 */
const detectAfter = duration(0, 3600)
  .default(50)
  .describe('Until the cluster misses the node; its pods get requests until then and do not answer.');
const evictAfter = duration(0, 3600)
  .default(75)
  .describe('Until the cluster has given the node up and deletes its pods; 350 s without a cloud that says so.');

/** Lines about nodes and GPUs. Where `nodes` are struck, they are those of the oldest ready pods, as many as there are. */
export const NODE_FAULTS = [
  z
    .strictObject({ kind: z.literal('stock-out'), at, until })
    .describe('No GPU is to be had: no node can be ordered; where no nodes are modelled, no new pod begins to start.'),
  z
    .strictObject({ kind: z.literal('node-loss'), at, until, nodes: count, detectAfter, evictAfter })
    .describe('Nodes go down with all that they run; those with an `until` come back then.'),
  z
    .strictObject({
      kind: z.literal('zone-loss'),
      at,
      until,
      zone: z.string().min(1).max(60).describe('One of `fleet.nodes[].zones`.'),
      detectAfter,
      evictAfter,
    })
    .describe('All nodes of a zone go down, and none can be ordered there.'),
  z
    .strictObject({
      kind: z.literal('spot-reclaim'),
      at,
      nodes: count,
      notice: duration(0, 3600).default(120).describe('From the notice to the end.'),
    })
    .describe('Spot nodes are taken back: their pods are drained and replaced at once.'),
  z
    .strictObject({ kind: z.literal('gpu-xid'), at, until, gpus: count })
    .describe('GPUs under ready pods fail; each is unusable until its node has been repaired.'),
  z
    .strictObject({
      kind: z.literal('noisy-neighbour'),
      at,
      until,
      nodes: count,
      factor: z.number().min(1).max(100).describe('So many times as long.'),
    })
    .describe('Engine steps of all pods on some nodes take longer; without nodes, those of single pods.'),
] as const;

export type NodeFault = z.output<(typeof NODE_FAULTS)[number]>;

export function scheduleNodeFault(fault: NodeFault, fleet: Fleet, timers: EventQueue): void {
  const { scheduler } = fleet.kubelet.starts;
  const when = (act: (now: Seconds) => void): void => timers.schedule(fault.at, PRIORITY.fault, act);
  switch (fault.kind) {
    case 'stock-out':
      during(
        timers,
        fault,
        () => scheduler.beginStockOut(),
        (now) => scheduler.endStockOut(now),
      );
      break;
    case 'node-loss':
      when((now) => {
        for (const node of busyNodes(fleet, fault.nodes)) loseNode(fleet, node, outageOf(fault, now), timers);
      });
      break;
    case 'zone-loss':
      scheduleZoneLoss(fault, fleet, timers);
      break;
    case 'spot-reclaim':
      when((now) => {
        const isSpot = ({ pool }: Node): boolean => pool.capacity === 'spot';
        for (const node of busyNodes(fleet, fault.nodes, isSpot)) reclaimNode(fleet, node, fault.notice, now, timers);
      });
      break;
    case 'gpu-xid':
      when((now) => {
        for (const pod of oldestReady(fleet, fault.gpus))
          breakGpu(fleet, pod, fault.until ?? Number.POSITIVE_INFINITY, now, timers);
      });
      break;
    case 'noisy-neighbour':
      scheduleNoise(fault, fleet, timers);
      break;
  }
}

function outageOf(fault: NodeFault & { kind: 'node-loss' | 'zone-loss' }, now: Seconds): NodeOutage {
  const { until = Number.POSITIVE_INFINITY, detectAfter, evictAfter } = fault;
  return { now, until, detectAfter, evictAfter: Math.max(detectAfter, evictAfter) };
}

/** The nodes of the oldest ready pods, each once, `count` at most. */
function busyNodes(fleet: Fleet, count: number, isMeant: (node: Node) => boolean = () => true): readonly Node[] {
  const nodes = new Set<Node>();
  for (const { node } of oldestReady(fleet, Number.POSITIVE_INFINITY))
    if (node && isMeant(node) && nodes.size < count) nodes.add(node);
  return [...nodes];
}

function scheduleZoneLoss(fault: NodeFault & { kind: 'zone-loss' }, fleet: Fleet, timers: EventQueue): void {
  const { nodes } = fleet.kubelet.starts.scheduler;
  during(
    timers,
    fault,
    (now) => {
      nodes?.closeZone(fault.zone);
      for (const node of [...(nodes?.all ?? [])])
        if (node.zone === fault.zone) loseNode(fleet, node, outageOf(fault, now), timers);
    },
    (now) => nodes?.openZone(fault.zone, now),
  );
}

function scheduleNoise(fault: NodeFault & { kind: 'noisy-neighbour' }, fleet: Fleet, timers: EventQueue): void {
  const { nodes } = fleet.kubelet.starts.scheduler;
  let struck: readonly (Node | Pod)[] = [];
  const change = (act: (slowdowns: Ratio[]) => void, now: Seconds): void => {
    for (const one of struck) {
      act(one.slowdowns);
      for (const pod of 'zone' in one ? podsOn(fleet, one) : [one]) fleet.kubelet.setSpeed(pod, now);
    }
  };
  during(
    timers,
    fault,
    (now) => {
      struck = nodes ? busyNodes(fleet, fault.nodes) : oldestReady(fleet, fault.nodes);
      change((slowdowns) => slowdowns.push(fault.factor), now);
    },
    (now) => change((slowdowns) => slowdowns.splice(slowdowns.indexOf(fault.factor), 1), now),
  );
}
