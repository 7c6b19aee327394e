import type { Ratio, Seconds } from '../../base/units.js';
import type { Delay } from './delay.js';

/** Nodes of one kind, and whether more of them can be had. */
export interface NodePoolOptions {
  readonly name: string;
  /** Resource that a node offers, e.g. `nvidia.com/gpu` or `nvidia.com/mig-1g.10gb`, and how much of it. */
  readonly gpu: string;
  readonly gpusPerNode: number;
  /** Nodes at the start, and what an idle pool shrinks to. */
  readonly count: number;
  /** Nodes that there can be; ordered when a pod finds no room, as Karpenter and the Cluster Autoscaler do. */
  readonly max: number;
  /** From the order to the ready node, driver included; absent: none can be ordered (a cluster of one's own). */
  readonly provisioning?: Delay;
  /** A node that is empty so long is given back. */
  readonly idleAfter: Seconds;
  /** New nodes go to the zone with the fewest. */
  readonly zones: readonly string[];
  readonly capacity: 'on-demand' | 'spot';
  /** Price relative to the pod's pool: 0.5 for spot at half price. */
  readonly priceFactor: Ratio;
}

/** `cordoned` takes no new pods; `lost` is down with all that it ran. */
export type NodeState = 'ordered' | 'ready' | 'cordoned' | 'lost' | 'gone';

/** One node. Ordinals count nodes as they are ordered. */
export interface Node {
  readonly ordinal: number;
  readonly name: string;
  readonly pool: NodePoolOptions;
  readonly zone: string;
  state: NodeState;
  /** GPUs that pods hold, and GPUs that are broken until the node is repaired. */
  used: number;
  broken: number;
  /** Images and weights that it has: `image/POOL`, `weights/POOL`. */
  readonly cache: Set<string>;
  /** The engine steps of its pods take as many times as long as these factors multiply to: noisy neighbours. */
  readonly slowdowns: Ratio[];
  /** Changes with every pod that comes or goes: an idle timer set before is void. */
  turn: number;
}

/** GPUs that a pod could still get; none on a node that takes no pods. */
export function roomOf({ state, pool, used, broken }: Node): number {
  return state === 'ordered' || state === 'ready' ? Math.max(0, pool.gpusPerNode - used - broken) : 0;
}
