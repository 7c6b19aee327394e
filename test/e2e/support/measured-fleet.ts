import type { DrivenFleet } from '../../../src/kisim/live/driven-fleet.js';
import { PodMeter } from './pod-meter.js';
import { ReplicaSeries } from './replica-series.js';
import type { Scene } from './scene.js';

/** A fleet at one time: since when counting began, what it had and what had come of its requests. */
export interface FleetSample {
  /** Seconds since counting began. */
  readonly at: number;
  readonly injected: number;
  readonly misses: number;
  readonly spec: number;
  readonly ready: number;
}

export interface FleetResult {
  /** Billed from the creation of a pod to its removal. */
  readonly replicaHours: number;
  /** Mean of spec.replicas. */
  readonly replicas: number;
  readonly requests: number;
  readonly misses: number;
  readonly changes: number;
  readonly ttft: { readonly p50: number; readonly p99: number };
}

/** Follows what the Deployment `chat` of a scene costs and serves, from `from` on. Times in Unix seconds. */
export class MeasuredFleet {
  readonly samples: FleetSample[] = [];
  readonly fleet: DrivenFleet;
  readonly meter: PodMeter;
  readonly #series: ReplicaSeries;
  readonly #from: number;

  constructor(scene: Scene, fleet: DrivenFleet, from: number) {
    this.fleet = fleet;
    this.meter = new PodMeter(scene, from);
    this.#from = from;
    this.#series = new ReplicaSeries(scene.kube, `/apis/apps/v1/namespaces/${scene.namespace}/deployments`);
    scene.after(() => this.#series.stop());
  }

  /** Keeps what is there now. */
  sample(): void {
    const { ledger, readyReplicas } = this.fleet;
    const now = Date.now() / 1000;
    const spec = this.#series.before('chat', now)?.spec ?? Number.NaN;
    const { injected, misses } = ledger;
    this.samples.push({ at: now - this.#from, injected, misses, spec, ready: readyReplicas });
  }

  /** Over the seconds from `from` to `until`. */
  result(until: number): FleetResult {
    const { ledger } = this.fleet;
    const counts = this.#series.of('chat').map(({ spec }) => spec);
    const times = this.#series.of('chat').map(({ at }) => Math.min(Math.max(at, this.#from), until));
    const seconds = counts.map((_, i) => (times[i + 1] ?? until) - (times[i] as number));
    const area = counts.reduce((sum, count, i) => sum + count * (seconds[i] as number), 0);
    const changed = this.#series.of('chat').filter(({ at, spec }, i, all) => {
      return at > this.#from && at <= until && i > 0 && spec !== all[i - 1]?.spec;
    });
    return {
      replicaHours: this.meter.seconds / 3600,
      replicas: area / (until - this.#from),
      requests: ledger.injected,
      misses: ledger.misses,
      changes: changed.length,
      ttft: { p50: ledger.ttft.quantile(0.5), p99: ledger.ttft.quantile(0.99) },
    };
  }
}
