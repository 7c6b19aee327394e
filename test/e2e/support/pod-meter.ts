import type { Scene } from './scene.js';

/** Seconds of pods of a scene, as they are billed: from the creation of each to its removal, as far as they are looked at. */
export class PodMeter {
  seconds = 0;
  readonly #scene: Scene;
  #seenAt: number;

  /** @param from Unix seconds before which nothing is counted */
  constructor(scene: Scene, from: number) {
    this.#scene = scene;
    this.#seenAt = from;
  }

  /** Looks once: every second or so. */
  async look(): Promise<void> {
    const { kube, namespace } = this.#scene;
    const pods = await kube.list(`/api/v1/namespaces/${namespace}/pods`);
    const now = Date.now() / 1000;
    if (now <= this.#seenAt) return;
    this.seconds += pods.length * (now - this.#seenAt);
    this.#seenAt = now;
  }
}
