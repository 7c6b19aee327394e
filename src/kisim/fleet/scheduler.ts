import type { Rng } from '../../base/rng.js';
import type { Seconds } from '../../base/units.js';
import type { EventQueue } from '../event-queue.js';
import type { Node, NodePoolOptions } from './node.js';
import { type NodeListener, Nodes } from './nodes.js';
import type { Pod } from './pod.js';

/**
 * Binds pods to nodes with room, first come first served, though a small pod may pass a large one that finds none. A pod
 * without room waits for the node that it had ordered, or for any room that comes first. Where no nodes are modelled there is
 * room for everybody, except during a stock-out.
 */
export class Scheduler implements NodeListener {
  readonly nodes: Nodes | undefined;
  readonly #onBound: (pod: Pod, now: Seconds) => void;
  /** Pods that are not bound, in the order in which they came. */
  readonly #waiting: Pod[] = [];
  #stockOuts = 0;
  #isRetrying = false;
  #isRoomNew = false;

  constructor(
    nodePools: readonly NodePoolOptions[] | undefined,
    timers: EventQueue,
    rng: Rng,
    onBound: (pod: Pod, now: Seconds) => void,
  ) {
    this.#onBound = onBound;
    this.nodes = nodePools && new Nodes(nodePools, timers, rng, this);
  }

  /** Calls `onBound` as soon as the pod has its place: now, where there is room. */
  enqueue(pod: Pod, now: Seconds): void {
    if (this.bind(pod)) {
      this.#onBound(pod, now);
      return;
    }
    pod.waitingReason = 'Unschedulable';
    pod.startPhase = 'schedule';
    this.#waiting.push(pod);
    this.#nominate(pod, now);
  }

  /** Binds a pod to a node that runs; false where none has room for it. Does not call `onBound`. */
  bind(pod: Pod): boolean {
    if (!this.nodes) return this.#stockOuts === 0;
    const node = pod.pool && this.nodes.take(pod.pool.gpu, pod.pool.gpus);
    if (node) pod.node = node;
    return node !== undefined;
  }

  /** The pod goes; what it held becomes free. */
  withdraw(pod: Pod, now: Seconds): void {
    const index = this.#waiting.indexOf(pod);
    if (index >= 0) this.#waiting.splice(index, 1);
    this.#release(pod, now);
  }

  /** The nodes that were ordered are not coming: who waited for them looks elsewhere. */
  renounce(node: Node, now: Seconds): void {
    for (const pod of this.#waiting) if (pod.node === node) this.#release(pod, now);
    this.onRoom(now);
  }

  /** Until it ends as often as it began, no node can be ordered, and without nodes no pod finds a place. */
  beginStockOut(): void {
    this.#stockOuts++;
    if (this.nodes) this.nodes.stockOuts++;
  }

  endStockOut(now: Seconds): void {
    this.#stockOuts--;
    if (this.nodes) this.nodes.endStockOut(now);
    else this.onRoom(now);
  }

  onNodeReady(node: Node, now: Seconds): void {
    for (const pod of this.#waiting.filter((one) => one.node === node)) this.#place(pod, now);
  }

  onRoom(now: Seconds): void {
    this.#isRoomNew = true;
    if (this.#isRetrying) return;
    this.#isRetrying = true;
    while (this.#isRoomNew) {
      this.#isRoomNew = false;
      for (const pod of [...this.#waiting]) this.#retry(pod, now);
    }
    this.#isRetrying = false;
  }

  #retry(pod: Pod, now: Seconds): void {
    if (!this.#waiting.includes(pod)) return;
    const nominated = pod.node;
    if (!this.bind(pod)) {
      if (!nominated) this.#nominate(pod, now);
      return;
    }
    if (nominated && pod.pool) this.nodes?.give(nominated, pod.pool.gpus, now);
    this.#place(pod, now);
  }

  #nominate(pod: Pod, now: Seconds): void {
    pod.node = pod.pool && this.nodes?.takeComing(pod.pool.gpu, pod.pool.gpus, now);
    pod.startPhase = pod.node ? 'node' : 'schedule';
  }

  #place(pod: Pod, now: Seconds): void {
    this.#waiting.splice(this.#waiting.indexOf(pod), 1);
    pod.waitingReason = undefined;
    this.#onBound(pod, now);
  }

  #release(pod: Pod, now: Seconds): void {
    const { node } = pod;
    pod.node = undefined;
    if (node && pod.pool) this.nodes?.give(node, pod.pool.gpus, now);
  }
}
