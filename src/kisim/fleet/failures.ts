import { exponential } from '../../base/distributions.js';
import type { Rng } from '../../base/rng.js';
import type { Seconds } from '../../base/units.js';
import { type EventQueue, PRIORITY } from '../event-queue.js';
import { type Delay, drawDelay } from './delay.js';
import type { Fleet } from './fleet.js';
import type { Node } from './node.js';
import { loseNode } from './node-failures.js';

/** What fails by itself, at exponential times. */
export interface FailureOptions {
  /** Mean time between failures of a container that serves. */
  readonly podMtbf?: Seconds;
  /** Mean time between failures of a node that runs, and how long it is away; without a repair it never comes back. */
  readonly nodeMtbf?: Seconds;
  readonly nodeRepair?: Delay;
}

/** Seconds until a cluster deletes the pods of a node that is down. */
const EVICT_AFTER: Seconds = 60;

/** Lets nodes fail by themselves; the n-th node draws from stream `node/n/failure`. */
export function startNodeFailures(
  fleet: Fleet,
  { nodeMtbf, nodeRepair }: FailureOptions,
  timers: EventQueue,
  rng: Rng,
): void {
  const { nodes } = fleet.kubelet.starts.scheduler;
  if (!nodes || nodeMtbf === undefined) return;
  const arm = (node: Node, now: Seconds, stream: Rng): void => {
    timers.schedule(now + exponential(stream, nodeMtbf), PRIORITY.fault, (at) => {
      if (node.state === 'gone') return;
      const until = nodeRepair ? at + drawDelay(nodeRepair, stream) : Number.POSITIVE_INFINITY;
      loseNode(fleet, node, { now: at, until, evictAfter: EVICT_AFTER }, timers);
      if (nodeRepair) arm(node, until, stream);
    });
  };
  nodes.onArrival = (node, now) => arm(node, now, rng.stream(`node/${node.ordinal}/failure`));
  for (const node of nodes.all) nodes.onArrival(node, 0);
}
