import { exponential } from '../../base/distributions.js';
import type { Rng } from '../../base/rng.js';
import type { Seconds } from '../../base/units.js';
import { type EventQueue, PRIORITY } from '../event-queue.js';
import { type Delay, drawDelay } from './delay.js';
import type { Fleet } from './fleet.js';
import type { Node } from './node.js';
import { loseNode, reclaimNode } from './node-failures.js';

/** What fails by itself, at exponential times. */
export interface FailureOptions {
  /** Mean time between failures of a container that serves. */
  readonly podMtbf?: Seconds;
  /** Mean time between failures of a node that runs, and how long it is away; without a repair it never comes back. */
  readonly nodeMtbf?: Seconds;
  readonly nodeRepair?: Delay;
  /** Mean time until the cloud takes a spot node back, and the notice that it gives. */
  readonly spotMtbf?: Seconds;
  readonly spotNotice?: Seconds;
}

/** Seconds until a cluster takes a silent node for lost (node-monitor-grace-period), and until it deletes its pods. */
const DETECT_AFTER: Seconds = 50;
const EVICT_AFTER: Seconds = 75;

/** Seconds of notice of AWS, the longest of the large clouds. */
const SPOT_NOTICE: Seconds = 120;

/** Lets nodes fail by themselves; the n-th node draws from streams `node/n/failure` and `node/n/reclaim`. */
export function startNodeFailures(fleet: Fleet, options: FailureOptions, timers: EventQueue, rng: Rng): void {
  const { nodes } = fleet.kubelet.starts.scheduler;
  if (!nodes) return;
  nodes.onArrival = (node, now) => {
    armFailure(fleet, node, options, { now, timers, rng: rng.stream(`node/${node.ordinal}/failure`) });
    armReclaim(fleet, node, options, { now, timers, rng: rng.stream(`node/${node.ordinal}/reclaim`) });
  };
  for (const node of nodes.all) nodes.onArrival(node, 0);
}

interface Setting {
  readonly now: Seconds;
  readonly timers: EventQueue;
  readonly rng: Rng;
}

function armFailure(fleet: Fleet, node: Node, options: FailureOptions, { now, timers, rng }: Setting): void {
  const { nodeMtbf, nodeRepair } = options;
  if (nodeMtbf === undefined) return;
  timers.schedule(now + exponential(rng, nodeMtbf), PRIORITY.fault, (at) => {
    if (node.state === 'gone') return;
    const until = nodeRepair ? at + drawDelay(nodeRepair, rng) : Number.POSITIVE_INFINITY;
    loseNode(fleet, node, { now: at, until, detectAfter: DETECT_AFTER, evictAfter: EVICT_AFTER }, timers);
    if (nodeRepair) armFailure(fleet, node, options, { now: until, timers, rng });
  });
}

function armReclaim(fleet: Fleet, node: Node, options: FailureOptions, { now, timers, rng }: Setting): void {
  const { spotMtbf, spotNotice = SPOT_NOTICE } = options;
  if (spotMtbf === undefined || node.pool.capacity !== 'spot') return;
  timers.schedule(now + exponential(rng, spotMtbf), PRIORITY.fault, (at) =>
    reclaimNode(fleet, node, spotNotice, at, timers),
  );
}
