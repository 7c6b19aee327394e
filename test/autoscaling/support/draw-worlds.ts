import type { Behavior, ScalingRules } from '../../../src/autoscaling/behavior.js';
import type { HpaMetric, HpaPod, PodSample } from '../../../src/autoscaling/hpa-metric.js';
import type { KubernetesRelease } from '../../../src/autoscaling/tolerance.js';
import { createRng, type Rng } from '../../../src/base/rng.js';
import type { World } from './hpa-transcription.js';

/** Draws of whole numbers and choices. */
export class Draw {
  readonly #rng: Rng;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  int(low: number, high: number): number {
    return low + Math.floor((high - low + 1) * this.#rng.next());
  }

  chance(p: number): boolean {
    return this.#rng.next() < p;
  }

  of<T>(...options: readonly T[]): T {
    return options[this.int(0, options.length - 1)] as T;
  }
}

function drawRules(draw: Draw): ScalingRules {
  return {
    stabilizationWindow: draw.of(0, 0, 15, 60, 120, 300),
    tolerance: draw.of(0, 0, 0.05, 0.1, 0.1, 0.3),
    selectPolicy: draw.of('Max', 'Max', 'Min', 'Disabled'),
    policies: Array.from({ length: draw.int(1, 3) }, () => ({
      type: draw.of('Pods', 'Percent'),
      value: draw.int(1, draw.chance(0.5) ? 10 : 150),
      period: draw.of(15, 15, 30, 60, 300),
    })),
  };
}

function drawBehavior(draw: Draw): Behavior {
  return draw.chance(0.2) ? 'none' : { scaleUp: drawRules(draw), scaleDown: drawRules(draw) };
}

/** Totals near multiples of the count, so that the edges of the dead band are met often. */
function drawExternal(draw: Draw, replicas: number): HpaMetric {
  const targetValue = draw.of(1000, 1000, 6111, 250);
  const factor = draw.of(0, 0.5, 0.9, 0.95, 1, 1.05, 1.1, 1.5, 3);
  const near = Math.round(targetValue * replicas * factor) + draw.int(-1, 1) * draw.of(0, 1, targetValue);
  const target = draw.chance(0.85) ? 'AverageValue' : 'Value';
  return { type: 'External', target, targetValue, total: draw.chance(0.1) ? undefined : Math.max(0, near) };
}

function drawPods(draw: Draw, now: number): HpaPod[] {
  return Array.from({ length: draw.int(0, 12) }, (_, i) => ({
    name: `p${i}`,
    phase: draw.of('Running', 'Running', 'Running', 'Pending', 'Failed'),
    isTerminating: draw.chance(0.1),
    ...(draw.chance(0.9) ? { startedAt: now - draw.of(0, 20, 299, 300, 900) } : {}),
    ...(draw.chance(0.9) ? { ready: { isTrue: draw.chance(0.8), changedAt: now - draw.of(0, 30, 290, 880) } } : {}),
    request: draw.of(0, 500, 1000, 2000),
  }));
}

function drawPodMetric(draw: Draw, pods: readonly HpaPod[], now: number): HpaMetric {
  const usage = new Map<string, PodSample>();
  for (const { name, request } of pods) {
    const value = Math.round((request + 100) * draw.of(0, 0.3, 0.8, 1, 1.1, 2));
    if (draw.chance(0.8)) usage.set(name, { value, at: now - draw.of(0, 15, 60), window: draw.of(15, 30) });
  }
  if (draw.chance(0.1)) usage.set('stranger', { value: 700, at: now, window: 15 });
  const shown = draw.chance(0.1) ? undefined : usage;
  return draw.chance(0.5)
    ? { type: 'Pods', targetValue: draw.of(500, 1000), usage: shown }
    : { type: 'Resource', resource: draw.of('cpu', 'memory'), targetUtilization: draw.of(50, 80, 120), usage: shown };
}

function drawWorld(
  draw: Draw,
  fixed: Pick<World, 'now' | 'specReplicas' | 'min' | 'max' | 'behavior' | 'release'>,
): World {
  const { now, specReplicas } = fixed;
  const pods = drawPods(draw, now);
  const metrics = Array.from({ length: draw.of(1, 1, 1, 2, 3) }, () =>
    draw.chance(0.75) ? drawExternal(draw, Math.max(1, specReplicas)) : drawPodMetric(draw, pods, now),
  );
  return { ...fixed, statusReplicas: Math.max(0, specReplicas + draw.of(0, 0, 0, -1, 1, 2)), metrics, pods };
}

/**
 * Lets an HPA live through so many syncs of a history drawn from `seed`: bounds, behaviours that change now and then, counts that
 * somebody else sets. `reconcile` answers each state with the new count.
 */
export function playHistory(
  seed: number,
  syncs: number,
  releases: readonly KubernetesRelease[],
  reconcile: (world: World) => number,
): void {
  const draw = new Draw(createRng(seed).stream('hpa'));
  const min = draw.of(0, 1, 1, 3);
  const max = min + draw.int(1, 60);
  const release = draw.of(...releases);
  const behaviors = [drawBehavior(draw), drawBehavior(draw)] as const;
  let now = 0;
  let specReplicas = draw.int(0, max + 2);
  for (let i = 0; i < syncs; i++) {
    now += draw.of(15, 15, 15, 15, 1, 7, 45, 300);
    if (draw.chance(0.04)) specReplicas = draw.int(0, max + 2);
    const behavior = draw.chance(0.95) ? behaviors[0] : behaviors[1];
    specReplicas = reconcile(drawWorld(draw, { now, specReplicas, min, max, behavior, release }));
  }
}
