import { setTimeout as wait } from 'node:timers/promises';
import type { DrivenFleet } from '../../../src/kisim/live/driven-fleet.js';
import { type LiveExposition, type LiveServer, startLiveServer } from '../../../src/kisim/live/live-server.js';
import type { MetricFamily } from '../../../src/kisim/telemetry/exposition.js';
import { CHAT_KEYS, createChatFleet, DialTraffic } from './chat-fleet.js';
import type { WatchEvent } from './kube.js';
import { scrapeLabels, setTargets } from './monitoring.js';
import { isReady, type Pod } from './pod-agent.js';
import type { Scene } from './scene.js';

/** Requests a second of each fleet, as a wave; fleets are at different places in it. One to three replicas' worth. */
const WAVE = { mean: 3, swing: 2, seconds: 300 };
const DIAL_EVERY_MS = 1000;

interface Small {
  readonly fleet: DrivenFleet;
  readonly traffic: DialTraffic;
  /** Where it is in the wave, 0 to 1. */
  readonly phase: number;
}

/** Keys of a trigger for a fleet of that name. */
export function keysOf(name: string): Readonly<Record<string, string>> {
  const { policy: _, ...keys } = CHAT_KEYS;
  return { ...keys, model: `demo/${name}`, target: name };
}

/**
 * Simulated engines in the pods of hundreds of small Deployments of one namespace, found by their label `app`: a pod serves from
 * when it is ready until it is deleted. All pods are scraped by the bed's Prometheus, every so many seconds.
 */
export class ManyFleets implements LiveExposition {
  readonly namespace: string;
  readonly #scene: Scene;
  readonly #interval: number;
  readonly #fleets = new Map<string, Small>();
  readonly #fleetOf = new Map<string, DrivenFleet>();
  readonly #stop = new AbortController();
  #isChanged = false;

  private constructor(scene: Scene, interval: number) {
    this.namespace = scene.namespace;
    this.#scene = scene;
    this.#interval = interval;
  }

  static async open(scene: Scene, interval: number): Promise<ManyFleets> {
    const fleets = new ManyFleets(scene, interval);
    const server = await startLiveServer(fleets);
    const work = [fleets.#follow(), fleets.#dial(server)];
    scene.after(async () => {
      fleets.#stop.abort();
      await Promise.allSettled(work);
      setTargets(scene.bed.folder, 'engine', []);
      await server.close();
    });
    return fleets;
  }

  add(name: string): void {
    const traffic = new DialTraffic(WAVE.mean);
    const fleet = createChatFleet(this.namespace, `demo/${name}`, traffic);
    // Steps of the golden ratio: any number of them is spread evenly.
    const phase = (this.#fleets.size * 0.618) % 1;
    this.#fleets.set(name, { fleet, traffic, phase });
  }

  get size(): number {
    return this.#fleets.size;
  }

  servingPods(): readonly string[] {
    return [...this.#fleetOf.keys()];
  }

  podFamilies(name: string): readonly MetricFamily[] | undefined {
    return this.#fleetOf.get(name)?.podFamilies(name);
  }

  dcgmFamilies(): readonly MetricFamily[] {
    return [];
  }

  async #follow(): Promise<void> {
    const path = `/api/v1/namespaces/${this.namespace}/pods?watch=true`;
    await this.#scene.kube.watch<Pod>(path, (event) => this.#onEvent(event), this.#stop.signal);
  }

  #onEvent({ type, object }: WatchEvent<Pod>): void {
    const { name, labels, deletionTimestamp } = object.metadata;
    const { fleet } = this.#fleets.get(labels?.app ?? '') ?? {};
    if (!fleet) return;
    if (type === 'DELETED' || deletionTimestamp !== undefined) {
      fleet.remove(name);
      this.#isChanged = this.#fleetOf.delete(name) || this.#isChanged;
    } else if (isReady(object) && !this.#fleetOf.has(name)) {
      fleet.start(name);
      this.#fleetOf.set(name, fleet);
      this.#isChanged = true;
    }
  }

  /** Moves every fleet's traffic along its wave, and tells Prometheus of pods that have come or gone. */
  async #dial({ port }: LiveServer): Promise<void> {
    while (!this.#stop.signal.aborted) {
      for (const { fleet, traffic, phase } of this.#fleets.values()) {
        const turn = 2 * Math.PI * (Date.now() / 1000 / WAVE.seconds + phase);
        traffic.rate = WAVE.mean + WAVE.swing * Math.sin(turn);
        fleet.advance();
      }
      if (this.#isChanged) this.#publish(`127.0.0.1:${port}`);
      this.#isChanged = false;
      await wait(DIAL_EVERY_MS);
    }
  }

  #publish(address: string): void {
    const { namespace } = this;
    const targets = this.servingPods().map((pod) => ({
      address,
      path: `/pods/${pod}/metrics`,
      labels: { namespace, pod, container: 'engine', ...scrapeLabels(this.#interval) },
    }));
    setTargets(this.#scene.bed.folder, 'engine', targets);
  }
}
