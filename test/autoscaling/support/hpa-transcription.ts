import type { Behavior, ScalingRules } from '../../../src/autoscaling/behavior.js';
import type { HpaMetric, HpaPod } from '../../../src/autoscaling/hpa-metric.js';

/**
 * The HPA a second time, from the documented algorithm ("Horizontal Pod Autoscaling", algorithm details and configurable
 * behaviour) and the step order of pkg/controller/podautoscaler (v1.35), with nothing of ours in it but the types of its input:
 * one object that is changed in place, a step after the other, instead of functions of values.
 */
export class TranscribedHpa {
  private recommended: { value: number; when: number }[] | null = null;
  private ups: { by: number; when: number; outdated: boolean }[] = [];
  private downs: { by: number; when: number; outdated: boolean }[] = [];

  /** One reconciliation; returns the replicas that it writes to the scale subresource. */
  reconcile(world: World): number {
    const current = world.specReplicas;
    if (this.recommended === null) this.recommended = [{ value: current, when: world.now }];
    if (current === 0) return 0;
    const min = Math.max(world.min, 1);
    let desired: number;
    if (current > world.max) desired = world.max;
    else if (current < min) desired = min;
    else {
      const wanted = this.fromMetrics(world);
      if (wanted === -1) return current;
      const behavior = world.behavior;
      desired =
        behavior === 'none' ? this.oldNormalise(world, wanted, min) : this.normalise(world, wanted, min, behavior);
    }
    if (desired !== current && world.behavior !== 'none') {
      if (desired > current) this.note(this.ups, world.behavior.scaleUp, desired - current, world.now);
      else this.note(this.downs, world.behavior.scaleDown, current - desired, world.now);
    }
    return desired;
  }

  private fromMetrics(world: World): number {
    let replicas = 0;
    let failed = 0;
    for (const metric of world.metrics) {
      const proposal = proposal_(metric, world);
      if (proposal === 'error') {
        failed += 1;
        continue;
      }
      if (replicas === 0 || proposal > replicas) replicas = proposal;
    }
    if (failed >= world.metrics.length) return -1;
    if (failed > 0 && replicas < world.specReplicas) return -1;
    return replicas;
  }

  private normalise(world: World, wanted: number, min: number, behavior: Exclude<Behavior, 'none'>): number {
    const current = world.specReplicas;
    const list = this.recommended ?? [];
    let lowest = wanted;
    let highest = wanted;
    let reusable = -1;
    for (let i = 0; i < list.length; i++) {
      const entry = list[i] as { value: number; when: number };
      const age = world.now - entry.when;
      if (age < behavior.scaleUp.stabilizationWindow && entry.value < lowest) lowest = entry.value;
      if (age < behavior.scaleDown.stabilizationWindow && entry.value > highest) highest = entry.value;
      if (age >= behavior.scaleUp.stabilizationWindow && age >= behavior.scaleDown.stabilizationWindow) reusable = i;
    }
    let stable = current;
    if (stable < lowest) stable = lowest;
    if (stable > highest) stable = highest;
    if (reusable >= 0) list[reusable] = { value: wanted, when: world.now };
    else list.push({ value: wanted, when: world.now });

    if (stable > current) {
      let ceiling = this.bound(world, behavior.scaleUp, 'up');
      if (ceiling < current) ceiling = current;
      if (ceiling > world.max) ceiling = world.max;
      return Math.min(stable, ceiling);
    }
    if (stable < current) {
      let floor = this.bound(world, behavior.scaleDown, 'down');
      if (floor > current) floor = current;
      if (floor < min) floor = min;
      return Math.max(stable, floor);
    }
    return stable;
  }

  private bound(world: World, rules: ScalingRules, way: 'up' | 'down'): number {
    if (rules.selectPolicy === 'Disabled') return world.specReplicas;
    const options: number[] = [];
    for (const { type, value, period } of rules.policies) {
      let start = world.specReplicas;
      for (const event of this.ups) if (world.now - event.when < period) start -= event.by;
      for (const event of this.downs) if (world.now - event.when < period) start += event.by;
      if (type === 'Pods') options.push(way === 'up' ? start + value : start - value);
      else if (way === 'up') options.push(Math.ceil(start * (1 + value / 100)));
      else options.push(truncate(start * (1 - value / 100)));
    }
    options.sort((a, b) => a - b);
    const wantsHighest = (way === 'up') === (rules.selectPolicy === 'Max');
    return (wantsHighest ? options[options.length - 1] : options[0]) as number;
  }

  private oldNormalise(world: World, wanted: number, min: number): number {
    const list = this.recommended ?? [];
    let highest = wanted;
    let reusable = -1;
    for (let i = 0; i < list.length; i++) {
      const entry = list[i] as { value: number; when: number };
      if (world.now - entry.when >= 300) reusable = i;
      else if (entry.value > highest) highest = entry.value;
    }
    if (reusable >= 0) list[reusable] = { value: wanted, when: world.now };
    else list.push({ value: wanted, when: world.now });
    let top = Math.max(world.specReplicas * 2, 4);
    if (top > world.max) top = world.max;
    if (highest < min) return min;
    return Math.min(highest, top);
  }

  private note(events: typeof this.ups, rules: ScalingRules, by: number, now: number): void {
    let longest = 0;
    for (const policy of rules.policies) if (policy.period > longest) longest = policy.period;
    for (const event of events) if (now - event.when >= longest) event.outdated = true;
    let slot = -1;
    events.forEach((event, i) => {
      if (event.outdated) slot = i;
    });
    const event = { by, when: now, outdated: false };
    if (slot >= 0) events[slot] = event;
    else events.push(event);
  }
}

export interface World {
  readonly now: number;
  readonly specReplicas: number;
  readonly statusReplicas: number;
  readonly metrics: readonly HpaMetric[];
  readonly pods: readonly HpaPod[];
  readonly min: number;
  readonly max: number;
  readonly behavior: Behavior;
  readonly release: '1.32' | '1.33' | '1.35';
}

const BIGGEST = 2147483647;

function truncate(x: number): number {
  return x < 0 ? Math.ceil(x) : Math.floor(x);
}

function tolerated(ratio: number, { behavior, release }: World): boolean {
  if (release === '1.32') return Math.abs(1.0 - ratio) <= 0.1;
  let down = 0.1;
  let up = 0.1;
  if (release === '1.35' && behavior !== 'none') {
    down = behavior.scaleDown.tolerance;
    up = behavior.scaleUp.tolerance;
  }
  return 1.0 - down <= ratio && ratio <= 1.0 + up;
}

function proposal_(metric: HpaMetric, world: World): number | 'error' {
  if (metric.type === 'External') {
    if (metric.total === undefined) return 'error';
    if (metric.target === 'AverageValue') {
      let count = world.statusReplicas;
      if (!tolerated(metric.total / (metric.targetValue * count), world)) {
        count = Math.ceil(metric.total / metric.targetValue);
        if (count > BIGGEST) count = BIGGEST;
      }
      return count;
    }
    const ratio = metric.total / metric.targetValue;
    if (tolerated(ratio, world)) return world.specReplicas;
    if (world.pods.length === 0) return 'error';
    let ready = 0;
    for (const pod of world.pods) if (pod.phase === 'Running' && pod.ready?.isTrue) ready++;
    const count = Math.ceil(ratio * ready);
    return Math.min(count, BIGGEST);
  }
  return fromPods(metric, world);
}

/** The conservative fill of "algorithm details": missing pods at the full target on the way down, at 0 on the way up. */
function fromPods(metric: Exclude<HpaMetric, { type: 'External' }>, world: World): number | 'error' {
  if (metric.usage === undefined || world.pods.length === 0) return 'error';
  const set: Record<string, number> = {};
  for (const [name, sample] of metric.usage) set[name] = sample.value;
  const unready: string[] = [];
  const missing: string[] = [];
  let readyCount = 0;
  for (const pod of world.pods) {
    if (pod.isTerminating || pod.phase === 'Failed') {
      delete set[pod.name];
      continue;
    }
    if (pod.phase === 'Pending') {
      delete set[pod.name];
      unready.push(pod.name);
      continue;
    }
    const sample = metric.usage.get(pod.name);
    if (!sample) {
      missing.push(pod.name);
      continue;
    }
    if (metric.type === 'Resource' && metric.resource === 'cpu') {
      let bad: boolean;
      if (!pod.ready || pod.startedAt === undefined) bad = true;
      else if (world.now < pod.startedAt + 300)
        bad = !pod.ready.isTrue || sample.at < pod.ready.changedAt + sample.window;
      else bad = !pod.ready.isTrue && pod.ready.changedAt < pod.startedAt + 30;
      if (bad) {
        delete set[pod.name];
        unready.push(pod.name);
        continue;
      }
    }
    readyCount++;
  }
  if (Object.keys(set).length === 0) return 'error';
  const request: Record<string, number> = {};
  for (const pod of world.pods) request[pod.name] = pod.request;

  const measure = (): number | 'error' => {
    let used = 0;
    let asked = 0;
    let entries = 0;
    for (const name of Object.keys(set)) {
      if (metric.type === 'Resource' && request[name] === undefined) continue;
      used += set[name] as number;
      asked += request[name] ?? 0;
      entries++;
    }
    if (metric.type === 'Pods') return truncate(used / entries) / metric.targetValue;
    if (asked === 0) return 'error';
    return truncate((used * 100) / asked) / metric.targetUtilization;
  };
  const first = measure();
  if (first === 'error') return 'error';
  const growWithUnready = unready.length > 0 && first > 1;
  if (!growWithUnready && missing.length === 0)
    return tolerated(first, world) ? world.specReplicas : Math.ceil(first * readyCount);
  for (const name of missing) {
    if (first < 1) {
      if (metric.type === 'Pods') set[name] = metric.targetValue;
      else set[name] = truncate(((request[name] as number) * Math.max(metric.targetUtilization, 100)) / 100);
    } else if (first > 1) set[name] = 0;
  }
  if (growWithUnready) for (const name of unready) set[name] = 0;
  const second = measure();
  if (second === 'error') return 'error';
  if (tolerated(second, world)) return world.specReplicas;
  if ((first < 1 && second > 1) || (first > 1 && second < 1)) return world.specReplicas;
  const count = Math.ceil(second * Object.keys(set).length);
  if (second < 1 && count > world.specReplicas) return world.specReplicas;
  if (second > 1 && count < world.specReplicas) return world.specReplicas;
  return count;
}
