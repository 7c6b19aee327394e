import type { KedaInput, Reading } from '../../../src/autoscaling/keda.js';

interface Remembered {
  metric: number | null;
  active: boolean;
  fallback: boolean;
}

/**
 * KEDA's scale handler a second time, changed in place: the steps of checkScalers, GetScaledObjectMetrics, GetMetricsWithFallback
 * and RequestScale (v2.21.0) one after the other. Values are thousandths.
 */
export class TranscribedKeda {
  lastActive: number | null = null;
  readonly failures: number[] = [];
  readonly cache: (Remembered | undefined)[] = [];

  private observe(input: KedaInput, index: number, raw: { metric: number | null; active: boolean }): Remembered {
    const { fallback, triggers } = input.spec;
    if (raw.metric !== null) {
      this.failures[index] = 0;
      return { metric: raw.metric, active: raw.active, fallback: false };
    }
    if (!fallback) return { metric: null, active: raw.active, fallback: false };
    this.failures[index] = (this.failures[index] ?? 0) + 1;
    if ((this.failures[index] as number) <= fallback.failureThreshold)
      return { metric: null, active: raw.active, fallback: false };
    const now = input.specReplicas;
    let count = fallback.replicas;
    if (fallback.behavior === 'currentReplicas') count = now;
    if (fallback.behavior === 'currentReplicasIfHigher' && now > count) count = now;
    if (fallback.behavior === 'currentReplicasIfLower' && now < count) count = now;
    const trigger = triggers[index];
    if (trigger?.metricType === 'Value') {
      if (input.readyReplicas === 0) return { metric: null, active: raw.active, fallback: false };
      count = count / input.readyReplicas;
    }
    return { metric: Math.floor((trigger?.target ?? 0) * 1000 * count), active: raw.active, fallback: true };
  }

  private isObserving(input: KedaInput): boolean {
    if (input.spec.minReplicas === 0 || input.spec.idleReplicas !== undefined) return false;
    return input.spec.triggers.every((trigger) => !trigger.useCachedMetrics);
  }

  poll(input: KedaInput): number {
    let active = false;
    let failed = false;
    const stored: [number, Remembered][] = [];
    input.spec.triggers.forEach((trigger, index) => {
      const reading = input.readings[index] as Reading;
      if (reading.kind === 'unreachable') {
        failed = true;
        return;
      }
      const seen = this.isObserving(input) && input.isScalingActive === true ? this.cache[index] : undefined;
      const record = seen ?? this.observe(input, index, rawOf(reading));
      if (trigger.useCachedMetrics) stored.push([index, record]);
      if (record.metric === null) failed = true;
      else if (record.active || record.fallback) active = true;
    });
    const scaled = this.requestScale(input, active, failed);
    for (const [index, record] of stored) this.cache[index] = record;
    return scaled;
  }

  query(input: KedaInput): (number | null)[] {
    return input.spec.triggers.map((trigger, index) => {
      const reading = input.readings[index] as Reading;
      let failed = input.readings.some(({ kind }) => kind === 'unreachable');
      let record: Remembered | undefined;
      if (reading.kind !== 'unreachable') {
        const cached = trigger.useCachedMetrics ? this.cache[index] : undefined;
        record = this.observe(input, index, cached ? { metric: cached.metric, active: cached.active } : rawOf(reading));
        if (this.isObserving(input)) this.cache[index] = record;
        if (record.metric === null) failed = true;
      }
      if (!record || (failed && !record.fallback)) return null;
      return record.metric;
    });
  }

  private requestScale(input: KedaInput, active: boolean, failed: boolean): number {
    const { spec, specReplicas: current, now, annotations = {} } = input;
    if (annotations.paused === true || typeof annotations.paused === 'number') return current;
    if (active || annotations.forceActivation === true) {
      if ((spec.idleReplicas !== undefined && current < spec.minReplicas) || current === 0) {
        if (annotations.pausedScaleOut === true) return current;
        this.lastActive = now;
        return spec.minReplicas > 0 ? spec.minReplicas : 1;
      }
      if (!failed) this.lastActive = now;
      return current;
    }
    if (failed && spec.fallback && spec.fallback.replicas !== 0) return current;
    if (failed && !spec.fallback) return current;
    if ((spec.idleReplicas !== undefined && current > spec.idleReplicas) || (current > 0 && spec.minReplicas === 0)) {
      if (annotations.pausedScaleIn === true) return current;
      const since = this.lastActive === null ? 0 + spec.initialCooldownPeriod : this.lastActive + spec.cooldownPeriod;
      return since <= now ? (spec.idleReplicas ?? spec.minReplicas) : current;
    }
    if (spec.idleReplicas === undefined && current < spec.minReplicas) return spec.minReplicas;
    return current;
  }
}

function rawOf(reading: Reading): { metric: number | null; active: boolean } {
  return reading.kind === 'value'
    ? { metric: reading.value * 1000, active: reading.isActive }
    : { metric: null, active: false };
}
