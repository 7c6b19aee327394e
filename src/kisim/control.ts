import { averageValue, type HpaState, initialHpaState, syncHpa } from '../autoscaling/hpa.js';
import type { HpaMetric, HpaPod } from '../autoscaling/hpa-metric.js';
import {
  forgetRecords,
  initialKedaState,
  type KedaInput,
  type KedaState,
  pollKeda,
  pushActive,
  queryMetrics,
  type Reading,
} from '../autoscaling/keda.js';
import { type Annotations, behaviorWhile, type ScaledObjectSpec } from '../autoscaling/scaled-object-spec.js';
import { uniform } from '../base/distributions.js';
import type { Rng } from '../base/rng.js';
import type { Replicas, Seconds } from '../base/units.js';
import { ControlLoop } from './control-loop.js';
import { type AnnotationWindow, type ControlOptions, HPA_SYNC, specOf } from './control-options.js';
import { type EventQueue, PRIORITY } from './event-queue.js';

export type { Behavior, HpaBehavior } from '../autoscaling/behavior.js';
export { KUBERNETES_RELEASES } from '../autoscaling/tolerance.js';
export {
  BEHAVIORS,
  type BehaviorName,
  behaviorOf,
  type ControlOptions,
  HPA_SYNC,
  upToleranceOf,
} from './control-options.js';

/** What is controlled. */
export interface Scalable {
  readonly spec: Replicas;
  /** Pods that exist and are not terminating. */
  readonly statusReplicas: Replicas;
  readonly readyReplicas: Replicas;
  scaleTo(replicas: Replicas, now: Seconds): void;
}

/**
 * KEDA's scale loop and the HPA in front of one Deployment. Each runs at its own period and phase (streams `keda` and `hpa`) and
 * sees whatever the scaler answers at that moment.
 */
export class Control {
  /** What the scaler answers KEDA; undefined is an error. */
  metricTotal: number | undefined;
  /** Whether the scaler is gone altogether: not even its metric spec can be had. */
  isScalerGone = false;
  readonly #options: ControlOptions;
  readonly #spec: ScaledObjectSpec;
  readonly #scalable: Scalable;
  readonly #timers: EventQueue;
  readonly #kedaLoop: ControlLoop;
  readonly #hpaLoop: ControlLoop;
  #hpa: HpaState = initialHpaState();
  #keda: KedaState;
  #annotations: Annotations = {};
  /** Numbers of the last answer that was given and of the last that was heard. */
  #asked = 0;
  #heard = 0;
  #isKedaDown = false;
  #isHpaDown = false;

  constructor(options: ControlOptions, scalable: Scalable, timers: EventQueue, rng: Rng) {
    this.#options = options;
    this.#spec = specOf(options);
    this.#scalable = scalable;
    this.#timers = timers;
    const { pollingInterval: poll, hpaSync: sync = HPA_SYNC, annotations = [], createdAt = 0 } = options;
    const kedaTurns = options.kedaTurns ?? { first: uniform(rng.stream('keda'), 0, poll), period: poll };
    const hpaTurns = options.hpaTurns ?? { first: uniform(rng.stream('hpa'), 0, sync), period: sync };
    this.#keda = initialKedaState(createdAt);
    this.#kedaLoop = new ControlLoop('keda', kedaTurns, timers, (now) => this.#poll(now));
    this.#hpaLoop = new ControlLoop('hpa', hpaTurns, timers, (now) => this.#sync(now));
    for (const window of annotations) this.#schedule(window);
  }

  /** What the scaler answers in `delay` seconds and from then on, unless a later answer is there before. */
  answer(metricTotal: number | undefined, now: Seconds, delay: Seconds = 0): void {
    const asked = ++this.#asked;
    const hear = (at: Seconds): void => {
      if (asked < this.#heard) return;
      this.#heard = asked;
      this.#hear(metricTotal, at);
    };
    if (delay === 0) hear(now);
    else this.#timers.schedule(now + delay, PRIORITY.evaluate, hear);
  }

  /** Where the scaler pushes, an active answer also goes up its stream. */
  #hear(metricTotal: number | undefined, now: Seconds): void {
    this.metricTotal = metricTotal;
    const isHeard = this.#options.push && !this.#isKedaDown && !this.isScalerGone && !this.#isPaused;
    if (!isHeard || metricTotal === undefined || metricTotal <= 0) return;
    const { specReplicas, state } = pushActive(this.#input(now), this.#keda);
    this.#keda = state;
    this.#apply(specReplicas, now);
  }

  /** The operator stops, or is back: its scale loop then starts at once, and what it had in memory is forgotten. */
  setKedaDown(isDown: boolean, now: Seconds): void {
    this.#isKedaDown = isDown;
    if (isDown) return;
    this.#keda = forgetRecords(this.#keda);
    this.#kedaLoop.restart(now);
  }

  /** The controller manager stops, or is back without a memory: its first sync comes a period later. */
  setHpaDown(isDown: boolean, now: Seconds): void {
    this.#isHpaDown = isDown;
    if (isDown) return;
    this.#hpa = { ...initialHpaState(), isScalingActive: this.#hpa.isScalingActive };
    this.#hpaLoop.restart(now + this.#hpaLoop.period);
  }

  #poll(now: Seconds): void {
    if (this.#isKedaDown || this.#isPaused) return;
    const { specReplicas, state } = pollKeda(this.#input(now), this.#keda);
    this.#keda = state;
    this.#apply(specReplicas, now);
    this.#options.onTurn?.('keda', now);
  }

  #sync(now: Seconds): void {
    if (this.#isHpaDown || this.#isPaused) return;
    const { spec, statusReplicas } = this.#scalable;
    const { desiredReplicas, state } = syncHpa(
      {
        now,
        specReplicas: spec,
        statusReplicas,
        metrics: spec === 0 ? [] : this.#query(now),
        pods: this.#spec.triggers[0]?.metricType === 'Value' ? podsOf(this.#scalable) : [],
        bounds: this.#spec,
        behavior: behaviorWhile(this.#spec.behavior, this.#annotations),
        release: this.#options.release ?? '1.35',
      },
      this.#hpa,
    );
    this.#hpa = state;
    this.#apply(desiredReplicas, now);
    this.#options.onTurn?.('hpa', now);
  }

  /** The HPA's metrics by way of KEDA's adapter, which has nothing to say while the operator is down. */
  #query(now: Seconds): readonly HpaMetric[] {
    if (this.#isKedaDown) return this.#spec.triggers.map(({ target }) => averageValue(undefined, target));
    const { metrics, state } = queryMetrics(this.#input(now), this.#keda);
    this.#keda = state;
    return metrics;
  }

  #input(now: Seconds): KedaInput {
    return {
      now,
      spec: this.#spec,
      specReplicas: this.#scalable.spec,
      readyReplicas: this.#scalable.readyReplicas,
      readings: this.#reads(now),
      annotations: this.#annotations,
      isScalingActive: this.#hpa.isScalingActive,
    };
  }

  #reads(now: Seconds): readonly Reading[] {
    const { schedules = [] } = this.#options;
    const others = schedules.map(({ from, until, replicas }): Reading => {
      const isActive = now >= from && now < until;
      return { kind: 'value', value: isActive ? replicas : 0, isActive };
    });
    return [this.#readOurs(), ...others];
  }

  #readOurs(): Reading {
    if (this.isScalerGone) return { kind: 'unreachable' };
    const value = this.metricTotal;
    return value === undefined ? { kind: 'error' } : { kind: 'value', value, isActive: value > 0 };
  }

  get #isPaused(): boolean {
    const { paused } = this.#annotations;
    return paused !== undefined && paused !== false;
  }

  #schedule({ at, until, annotations }: AnnotationWindow): void {
    this.#timers.schedule(at, PRIORITY.fault, (now) => this.#annotate(annotations, now));
    if (Number.isFinite(until)) this.#timers.schedule(until, PRIORITY.fault, (now) => this.#annotate({}, now));
  }

  /** A pause deletes the HPA and stops the scale loop; its end makes both anew (scaledobject_controller.go, handlePause). */
  #annotate(annotations: Annotations, now: Seconds): void {
    const wasPaused = this.#isPaused;
    this.#annotations = annotations;
    const { paused } = annotations;
    if (this.#isPaused) {
      this.#hpa = initialHpaState();
      this.#keda = forgetRecords(this.#keda);
      if (typeof paused === 'number') this.#apply(paused, now);
    } else if (wasPaused) {
      this.#kedaLoop.restart(now);
      this.#hpaLoop.restart(now + this.#hpaLoop.period);
    }
  }

  #apply(replicas: Replicas, now: Seconds): void {
    if (replicas !== this.#scalable.spec) this.#scalable.scaleTo(replicas, now);
  }
}

/** Only how many of them are ready counts. */
function podsOf({ statusReplicas, readyReplicas }: Scalable): readonly HpaPod[] {
  return Array.from({ length: statusReplicas }, (_, i) => ({
    name: `pod-${i}`,
    phase: i < readyReplicas ? 'Running' : 'Pending',
    isTerminating: false,
    ready: { isTrue: i < readyReplicas, changedAt: 0 },
    request: 0,
  }));
}
