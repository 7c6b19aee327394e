import type { Dollars, Ratio, Replicas } from '../../base/units.js';
import type { Replica, ReplicaListener } from '../replica/replica.js';
import type { ColdStart } from './cold-start.js';

/** The resource of whole GPUs, as NVIDIA's device plugin names it; its MIG slices are `nvidia.com/mig-1g.10gb` and so on. */
export const GPU = 'nvidia.com/gpu';

/** Replicas of one kind among those of a fleet: same engine, GPU, price and cold start. */
export interface Pool {
  readonly name: string;
  readonly createReplica: (listener: ReplicaListener) => Replica;
  readonly coldStart: ColdStart;
  readonly pricePerHour: Dollars;
  /** What a pod asks of its node: so many GPUs (or MIG slices) of this resource. */
  readonly gpus: number;
  readonly gpu: string;
  /** The first pods of a fleet, up to so many, are of this pool; what pools with a count leave is shared. */
  readonly count?: Replicas;
  /** Part of the remaining pods, relative to the shares of the other pools; default 1, or 0 where a count is given. */
  readonly share?: Ratio;
}

/**
 * The pool that a new pod belongs to: the first whose count is not reached, else the one whose pods are fewest for its share,
 * else (no pool has a share) the last one. `counts`: pods of each pool that exist and are not terminating.
 */
export function choosePool(pools: readonly [Pool, ...Pool[]], counts: ReadonlyMap<Pool, Replicas>): Pool {
  let chosen = pools[pools.length - 1] as Pool;
  let fewest = Number.POSITIVE_INFINITY;
  for (const pool of pools) {
    const beyond = (counts.get(pool) ?? 0) - (pool.count ?? 0);
    if (beyond < 0) return pool;
    const share = pool.share ?? (pool.count === undefined ? 1 : 0);
    if (share > 0 && (beyond + 1) / share < fewest) {
      fewest = (beyond + 1) / share;
      chosen = pool;
    }
  }
  return chosen;
}
