import { HPA_DEFAULT_BEHAVIOR, type HpaBehavior, RECOMMENDED_BEHAVIOR } from '../autoscaling/behavior.js';
import { type HpaState, initialHpaState, syncHpa } from '../autoscaling/hpa.js';
import { type Fallback, fallbackTotal, initialKedaState, type KedaState, pollKeda } from '../autoscaling/keda.js';
import { uniform } from '../base/distributions.js';
import type { Rng } from '../base/rng.js';
import type { Replicas, Seconds } from '../base/units.js';
import type { Bounds } from '../decision/workload.js';
import { type EventQueue, PRIORITY } from './event-queue.js';

export type { HpaBehavior } from '../autoscaling/behavior.js';

/** Behaviour blocks by name: `recommended` is what our examples set, `kubernetes` what applies when nobody sets one. */
export const BEHAVIORS = { recommended: RECOMMENDED_BEHAVIOR, kubernetes: HPA_DEFAULT_BEHAVIOR } as const;

export type BehaviorName = keyof typeof BEHAVIORS;

/** --horizontal-pod-autoscaler-sync-period of the controller manager. */
const HPA_SYNC: Seconds = 15;
/** The one target that our metric ever has: the value is the count. */
const TARGET = 1;

/** The ScaledObject of a fleet. */
export interface ControlOptions {
  readonly bounds: Bounds;
  readonly behavior: HpaBehavior;
  readonly pollingInterval: Seconds;
  readonly cooldownPeriod: Seconds;
  readonly fallback?: Fallback;
}

/** What is controlled. */
export interface Scalable {
  readonly spec: Replicas;
  /** Pods that exist and are not terminating. */
  readonly statusReplicas: Replicas;
  scaleTo(replicas: Replicas, now: Seconds): void;
}

/**
 * KEDA's scale loop and the HPA in front of one Deployment. Each runs at its own period and phase (streams `keda` and `hpa`) and
 * sees whatever the scaler answers at that moment.
 */
export class Control {
  /** What the scaler answers KEDA; undefined is an error. */
  metricTotal: number | undefined;
  readonly #options: ControlOptions;
  readonly #scalable: Scalable;
  readonly #timers: EventQueue;
  #hpa: HpaState = initialHpaState();
  #keda: KedaState = initialKedaState(0);
  #failures = 0;

  constructor(options: ControlOptions, scalable: Scalable, timers: EventQueue, rng: Rng) {
    this.#options = options;
    this.#scalable = scalable;
    this.#timers = timers;
    const { pollingInterval } = options;
    this.#repeat(uniform(rng.stream('keda'), 0, pollingInterval), pollingInterval, (now) => this.#poll(now));
    this.#repeat(uniform(rng.stream('hpa'), 0, HPA_SYNC), HPA_SYNC, (now) => this.#sync(now));
  }

  #poll(now: Seconds): void {
    const total = this.#read();
    const { specReplicas, state } = pollKeda(
      {
        now,
        specReplicas: this.#scalable.spec,
        isActive: total === undefined ? undefined : total > 0,
        minReplicas: this.#options.bounds.minReplicas,
        cooldownPeriod: this.#options.cooldownPeriod,
        initialCooldownPeriod: 0,
      },
      this.#keda,
    );
    this.#keda = state;
    this.#apply(specReplicas, now);
  }

  #sync(now: Seconds): void {
    const { spec, statusReplicas } = this.#scalable;
    if (spec === 0) return;
    const { desiredReplicas, state } = syncHpa(
      {
        now,
        specReplicas: spec,
        statusReplicas,
        metricTotal: this.#read(),
        target: TARGET,
        bounds: this.#options.bounds,
        behavior: this.#options.behavior,
      },
      this.#hpa,
    );
    this.#hpa = state;
    this.#apply(desiredReplicas, now);
  }

  /** One read through KEDA: every failure counts towards the fallback, one success forgets them. */
  #read(): number | undefined {
    if (this.metricTotal !== undefined) {
      this.#failures = 0;
      return this.metricTotal;
    }
    this.#failures++;
    return fallbackTotal(this.#options.fallback, this.#failures, this.#scalable.spec, TARGET);
  }

  #apply(replicas: Replicas, now: Seconds): void {
    if (replicas !== this.#scalable.spec) this.#scalable.scaleTo(replicas, now);
  }

  #repeat(first: Seconds, period: Seconds, act: (now: Seconds) => void): void {
    const turn = (now: Seconds): void => {
      act(now);
      this.#timers.schedule(now + period, PRIORITY.control, turn);
    };
    this.#timers.schedule(first, PRIORITY.control, turn);
  }
}
