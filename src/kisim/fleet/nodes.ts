import { isLower } from '../../base/numbers.js';
import type { Rng } from '../../base/rng.js';
import type { Seconds } from '../../base/units.js';
import { type EventQueue, PRIORITY } from '../event-queue.js';
import { drawDelay } from './delay.js';
import { type Node, type NodePoolOptions, type NodeState, roomOf } from './node.js';

/** Told of what happens to nodes. */
export interface NodeListener {
  /** An ordered node has come up. */
  onNodeReady(node: Node, now: Seconds): void;
  /** GPUs have become free, or a node has become possible. */
  onRoom(now: Seconds): void;
}

/**
 * The nodes of a cluster and who orders them. Pods are spread: of the nodes with room the one in the zone with the fewest used
 * GPUs, then the emptiest, then the oldest. The n-th node draws its provisioning time from stream `node/n`.
 */
export class Nodes {
  /** All that exist, the ordered ones included, oldest first. */
  readonly all: Node[] = [];
  /** While above 0 nothing can be ordered (a stock-out). */
  stockOuts = 0;
  /** Nodes that are ordered from now on take so many times as long to come. */
  provisioningFactor = 1;
  /** Called when an ordered node has come up. */
  onArrival: ((node: Node, now: Seconds) => void) | undefined;
  readonly #pools: readonly NodePoolOptions[];
  readonly #timers: EventQueue;
  readonly #rng: Rng;
  readonly #listener: NodeListener;
  readonly #closedZones = new Map<string, number>();
  #ordinals = 0;

  constructor(pools: readonly NodePoolOptions[], timers: EventQueue, rng: Rng, listener: NodeListener) {
    this.#pools = pools;
    this.#timers = timers;
    this.#rng = rng;
    this.#listener = listener;
    for (const pool of pools) for (let i = 0; i < pool.count; i++) this.#add(pool, 'ready');
  }

  /** Takes `gpus` of `gpu` for a pod on a node that runs; undefined: no node has room. */
  take(gpu: string, gpus: number): Node | undefined {
    return hold(this.#roomiest(gpu, gpus, 'ready'), gpus);
  }

  /** The same on a node that is coming, or is ordered now; undefined: none can be had. */
  takeComing(gpu: string, gpus: number, now: Seconds): Node | undefined {
    return hold(this.#roomiest(gpu, gpus, 'ordered') ?? this.#order(gpu, gpus, now), gpus);
  }

  /** A pod has left. */
  give(node: Node, gpus: number, now: Seconds): void {
    node.used -= gpus;
    node.turn++;
    if (node.state === 'gone') return;
    this.#listener.onRoom(now);
    this.#watchIdle(node, now);
  }

  /** No new pods here. */
  cordon(node: Node): void {
    if (node.state === 'ready') node.state = 'cordoned';
  }

  /** The node is down: its pods are lost, and nothing can be placed there. */
  lose(node: Node): void {
    node.state = 'lost';
  }

  /** A cordoned or lost node is back, with all its GPUs and an empty cache. */
  repair(node: Node, now: Seconds): void {
    if (node.state === 'gone') return;
    if (node.state === 'lost') node.cache.clear();
    node.state = 'ready';
    node.broken = 0;
    this.#listener.onRoom(now);
    this.#watchIdle(node, now);
  }

  /** One broken GPU works again. */
  repairGpu(node: Node, now: Seconds): void {
    node.broken = Math.max(0, node.broken - 1);
    this.#listener.onRoom(now);
  }

  remove(node: Node, now: Seconds): void {
    if (node.state === 'gone') return;
    node.state = 'gone';
    this.all.splice(this.all.indexOf(node), 1);
    this.#listener.onRoom(now);
  }

  /** No node can be ordered in a zone until it is opened as often as it was closed. */
  closeZone(zone: string): void {
    this.#closedZones.set(zone, (this.#closedZones.get(zone) ?? 0) + 1);
  }

  openZone(zone: string, now: Seconds): void {
    this.#closedZones.set(zone, Math.max(0, (this.#closedZones.get(zone) ?? 0) - 1));
    this.#listener.onRoom(now);
  }

  endStockOut(now: Seconds): void {
    this.stockOuts--;
    this.#listener.onRoom(now);
  }

  #roomiest(gpu: string, gpus: number, state: NodeState): Node | undefined {
    const usedInZone = new Map<string, number>();
    for (const { zone, used } of this.all) usedInZone.set(zone, (usedInZone.get(zone) ?? 0) + used);
    const key = (node: Node): readonly number[] => [usedInZone.get(node.zone) ?? 0, -roomOf(node), node.ordinal];
    let best: Node | undefined;
    for (const node of this.all) {
      if (node.state !== state || node.pool.gpu !== gpu || roomOf(node) < gpus) continue;
      if (!best || isLower(key(node), key(best))) best = node;
    }
    return best;
  }

  #order(gpu: string, gpus: number, now: Seconds): Node | undefined {
    if (this.stockOuts > 0) return undefined;
    for (const pool of this.#pools) {
      const isFull = this.all.filter((node) => node.pool === pool && node.state !== 'lost').length >= pool.max;
      const { provisioning } = pool;
      if (isFull || !provisioning || pool.gpu !== gpu || pool.gpusPerNode < gpus) continue;
      const node = this.#add(pool, 'ordered');
      if (!node) continue;
      const delay = this.provisioningFactor * drawDelay(provisioning, this.#rng.stream(`node/${node.ordinal}`));
      this.#timers.schedule(now + delay, PRIORITY.pod, (at) => this.#arrive(node, at));
      return node;
    }
    return undefined;
  }

  #arrive(node: Node, now: Seconds): void {
    if (node.state !== 'ordered') return;
    node.state = 'ready';
    this.onArrival?.(node, now);
    this.#listener.onNodeReady(node, now);
    this.#watchIdle(node, now);
  }

  #add(pool: NodePoolOptions, state: NodeState): Node | undefined {
    const zone = this.#emptiestZone(pool);
    if (zone === undefined) return undefined;
    const ordinal = this.#ordinals++;
    const name = `${pool.name}-${ordinal}`;
    const fresh = { used: 0, broken: 0, cache: new Set<string>(), slowdowns: [], turn: 0 };
    const node: Node = { ordinal, name, pool, zone, state, ...fresh };
    this.all.push(node);
    return node;
  }

  #emptiestZone(pool: NodePoolOptions): string | undefined {
    let best: string | undefined;
    let fewest = Number.POSITIVE_INFINITY;
    for (const zone of pool.zones) {
      if ((this.#closedZones.get(zone) ?? 0) > 0) continue;
      const count = this.all.filter((node) => node.pool === pool && node.zone === zone).length;
      if (count >= fewest) continue;
      fewest = count;
      best = zone;
    }
    return best;
  }

  #watchIdle(node: Node, now: Seconds): void {
    const { pool, used, turn } = node;
    if (used > 0 || node.state !== 'ready' || !Number.isFinite(pool.idleAfter)) return;
    this.#timers.schedule(now + pool.idleAfter, PRIORITY.pod, (at) => {
      const isIdle = node.turn === turn && node.state === 'ready';
      if (isIdle && this.all.filter((other) => other.pool === pool).length > pool.count) this.remove(node, at);
    });
  }
}

function hold(node: Node | undefined, gpus: number): Node | undefined {
  if (!node) return undefined;
  node.used += gpus;
  node.turn++;
  return node;
}
