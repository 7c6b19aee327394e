import { requestScale, type ScaleRequest } from '../../../src/autoscaling/keda-executor.js';
import { observeMetric } from '../../../src/autoscaling/keda-fallback.js';
import type {
  Annotations,
  Fallback,
  ScaledObjectSpec,
  TriggerSpec,
} from '../../../src/autoscaling/scaled-object-spec.js';
import { createRng } from '../../../src/base/rng.js';
import { Draw } from '../support/draw-worlds.js';

export const REQUESTS = 20_000;
/** Requests come in blocks, one line of the recording each. */
export const BLOCK = 100;

/** One request as the recorder reads it, and our answer in the recorder's form. */
export interface Recorded {
  readonly line: string;
  readonly answer: string;
}

const NOW = 10_000;

/** Request number `i`, to the executor or to the fallback. */
export function requestOf(i: number): Recorded {
  const draw = new Draw(createRng(i).stream('keda-request'));
  return draw.chance(0.6) ? scaleOf(draw) : observationOf(draw);
}

/** "REPLICAS" and whether the activity was noted. */
function scaleOf(draw: Draw): Recorded {
  const minReplicas = draw.of(0, 0, 1, 2, 4);
  const spec: ScaledObjectSpec = {
    minReplicas,
    maxReplicas: 20,
    ...(draw.chance(0.4) ? { idleReplicas: draw.int(0, Math.max(0, minReplicas - 1)) } : {}),
    pollingInterval: 30,
    cooldownPeriod: draw.of(0, 60, 300),
    initialCooldownPeriod: draw.of(0, 60, 300),
    ...(draw.chance(0.5) ? { fallback: drawFallback(draw) } : {}),
    behavior: 'none',
    triggers: [],
  };
  const sinceCreation = draw.of(1, 59, 60, 61, 900);
  const sinceActive = draw.chance(0.3) ? undefined : draw.of(1, 59, 60, 61, 299, 300, 301);
  const request: ScaleRequest = {
    now: NOW,
    spec,
    specReplicas: draw.int(0, 6),
    annotations: drawAnnotations(draw),
    isActive: draw.chance(0.5),
    isError: draw.chance(0.4),
  };
  const lastActiveAt = sinceActive === undefined ? undefined : NOW - sinceActive;
  const scaled = requestScale(request, { createdAt: NOW - sinceCreation, lastActiveAt });
  const { cooldownPeriod: cooldown, initialCooldownPeriod: initial, idleReplicas, fallback } = spec;
  const { specReplicas, annotations, isActive, isError } = request;
  const object = { minReplicas, idleReplicas, fallback, cooldown, initial };
  const state = { specReplicas, annotations, isActive, isError, sinceCreation, sinceActive };
  return {
    line: JSON.stringify({ call: 'scale', ...object, ...state }),
    answer: `${scaled.specReplicas}${scaled.lastActiveAt === NOW ? 'a' : '-'}`,
  };
}

/** "VALUE" in thousandths or e, whether it is a substitute, and the failures counted. */
function observationOf(draw: Draw): Recorded {
  const fallback = drawFallback(draw);
  const trigger: TriggerSpec = {
    target: draw.of(1, 1, 5, 6.111, 0.25),
    metricType: draw.of('AverageValue', 'Value'),
    useCachedMetrics: false,
  };
  const specReplicas = draw.int(0, 9);
  const readyReplicas = draw.int(0, specReplicas);
  const failures = draw.int(0, 6);
  const value = draw.chance(0.3) ? draw.int(0, 9000) : undefined;
  const replicas = { specReplicas, readyReplicas };
  const observed = observeMetric(fallback, trigger, { value, isActive: false }, failures, replicas);
  const { record } = observed;
  const { metricType } = trigger;
  const target = Math.round(trigger.target * 1000);
  return {
    line: JSON.stringify({ call: 'observe', fallback, metricType, target, ...replicas, failures, value }),
    answer: `${record.value ?? 'e'}${record.isFallback ? 'f' : '-'}${observed.failures}`,
  };
}

function drawFallback(draw: Draw): Fallback {
  return {
    failureThreshold: draw.int(0, 4),
    replicas: draw.of(0, 2, 5),
    behavior: draw.of('static', 'currentReplicas', 'currentReplicasIfHigher', 'currentReplicasIfLower'),
  };
}

function drawAnnotations(draw: Draw): Annotations {
  if (draw.chance(0.5)) return {};
  return {
    paused: draw.of<boolean | number>(false, false, false, true, 0, 3),
    pausedScaleIn: draw.chance(0.4),
    pausedScaleOut: draw.chance(0.4),
    forceActivation: draw.chance(0.3),
  };
}
