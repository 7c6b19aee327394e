import { expect } from 'chai';
import { initialHpaState, syncHpa } from '../../src/autoscaling/hpa.js';
import {
  initialKedaState,
  type KedaInput,
  pollKeda,
  pushActive,
  queryMetrics,
  type Reading,
} from '../../src/autoscaling/keda.js';
import type { ScaledObjectSpec } from '../../src/autoscaling/scaled-object-spec.js';

const SYNC = 15;

/** A cluster with one ScaledObject: KEDA polls and the HPA syncs, pods are there at once. */
class Cluster {
  spec: ScaledObjectSpec;
  reading: Reading = { kind: 'value', value: 0, isActive: false };
  replicas: number;
  #now = 0;
  #keda = initialKedaState(0);
  #hpa = initialHpaState();

  constructor(replicas: number, spec: Partial<ScaledObjectSpec> & { readonly target: number }) {
    const { target, ...rest } = spec;
    this.replicas = replicas;
    this.spec = {
      minReplicas: 0,
      maxReplicas: 100,
      pollingInterval: 30,
      cooldownPeriod: 300,
      initialCooldownPeriod: 0,
      behavior: 'none',
      triggers: [{ target, metricType: 'AverageValue', useCachedMetrics: false }],
      ...rest,
    };
  }

  answer(value: number, { push = false } = {}): this {
    this.reading = { kind: 'value', value, isActive: value > 0 };
    if (push) {
      const pushed = pushActive(this.#input(), this.#keda);
      this.#keda = pushed.state;
      this.replicas = pushed.specReplicas;
    }
    return this;
  }

  /** Seconds until there are so many replicas, or undefined if there are not within `limit`. */
  timeTo(replicas: number, limit: number): number | undefined {
    const start = this.#now;
    while (this.replicas !== replicas && this.#now - start < limit) this.#tick();
    return this.replicas === replicas ? this.#now - start : undefined;
  }

  #tick(): void {
    this.#now++;
    if (this.#now % this.spec.pollingInterval === 0) {
      const polled = pollKeda(this.#input(), this.#keda);
      this.#keda = polled.state;
      this.replicas = polled.specReplicas;
    }
    if (this.#now % SYNC !== 7) return;
    const queried = queryMetrics(this.#input(), this.#keda);
    this.#keda = queried.state;
    const { replicas } = this;
    const { metrics } = queried;
    const { behavior } = this.spec;
    const sync = syncHpa(
      { now: this.#now, specReplicas: replicas, statusReplicas: replicas, metrics, bounds: this.spec, behavior },
      this.#hpa,
    );
    this.#hpa = sync.state;
    this.replicas = sync.desiredReplicas;
  }

  #input(): KedaInput {
    return {
      now: this.#now,
      spec: this.spec,
      specReplicas: this.replicas,
      readyReplicas: this.replicas,
      readings: [this.reading],
      isScalingActive: this.#hpa.isScalingActive,
    };
  }
}

describe("KEDA's own end-to-end scenarios, in the upstream time limits", () => {
  it('external_scaler_so: threshold 10, idle 0, minimum 1, maximum 2', () => {
    const cluster = new Cluster(0, {
      target: 10,
      pollingInterval: 5,
      cooldownPeriod: 10,
      idleReplicas: 0,
      minReplicas: 1,
      maxReplicas: 2,
    });
    expect(cluster.timeTo(1, 60), 'stays at rest').to.equal(undefined);
    expect(cluster.answer(10).timeTo(1, 60)).to.be.at.most(60);
    expect(cluster.answer(20).timeTo(2, 120)).to.be.at.most(120);
    expect(cluster.answer(0).timeTo(0, 120)).to.be.at.most(120);
  });

  it('external_push_scaler: 10 to 1, 20 to 2, 22.222 at threshold 6.111 to 3 of 4, and 0 to 0', () => {
    const cluster = new Cluster(0, { target: 10, maxReplicas: 3, pollingInterval: 60, cooldownPeriod: 10 });
    expect(cluster.answer(10, { push: true }).replicas, 'without a poll').to.equal(1);
    expect(cluster.answer(20, { push: true }).timeTo(2, 120)).to.be.at.most(15);
    cluster.spec = { ...cluster.spec, triggers: [{ ...cluster.spec.triggers[0], target: 6.111 } as never] };
    expect(cluster.answer(22.222, { push: true }).timeTo(3, 120)).to.be.at.most(15);
    expect(cluster.answer(0).timeTo(0, 180)).to.be.at.most(180);
  });

  it('cache_metrics: the count changes only with a poll', () => {
    const triggers = [{ target: 1, metricType: 'AverageValue', useCachedMetrics: true }] as const;
    const cluster = new Cluster(1, { target: 1, minReplicas: 1, pollingInterval: 60, triggers });
    expect(cluster.answer(4).timeTo(4, 59), 'nothing is cached before the first poll').to.equal(7);
    expect(cluster.timeTo(99, 54), 'the poll at 60 s').to.equal(undefined);
    expect(cluster.answer(8).timeTo(8, 120), 'the sync after the poll at 120 s').to.equal(127 - 61);
  });

  it('idle_replicas: idle between 0 and the minimum, and the minimum as soon as something is active', () => {
    const cluster = new Cluster(2, {
      target: 1,
      minReplicas: 3,
      idleReplicas: 1,
      cooldownPeriod: 0,
      pollingInterval: 5,
    });
    expect(cluster.timeTo(1, 30)).to.be.at.most(30);
    expect(cluster.answer(2).timeTo(3, 30)).to.be.at.most(10);
  });

  it('polling_cooldown_so and initial_delay_cooldownperiod: to 0 a cooldown after the last activity, or after creation', () => {
    const cluster = new Cluster(1, { target: 5, pollingInterval: 10, cooldownPeriod: 100, initialCooldownPeriod: 200 });
    expect(cluster.timeTo(0, 400), 'nothing was ever active').to.equal(200);
    expect(cluster.answer(5).timeTo(1, 60)).to.be.at.most(10);
    expect(cluster.answer(0).timeTo(0, 200)).to.equal(100);
  });
});
