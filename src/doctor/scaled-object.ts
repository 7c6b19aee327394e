import { HPA_DEFAULT_BEHAVIOR, type HpaBehavior } from '../autoscaling/behavior.js';
import { averageValue, initialHpaState, syncHpa } from '../autoscaling/hpa.js';
import { toBehavior } from '../autoscaling/parse-behavior.js';
import { KEDA_DEFAULTS, type ScaledObject, type Trigger } from '../autoscaling/scaled-object.js';
import { referenceOfTrigger } from '../scaler/door-path.js';
import type { Finding } from './finding.js';

/**
 * Checks what KEDA and the HPA would make of our answers: metric type, caching, fallback, tolerance and windows. The
 * tolerance is judged by running the HPA's arithmetic, not by its number. Pure; findings in the order of the object.
 */
export function checkScaledObject(object: ScaledObject): readonly Finding[] {
  const { metadata, spec } = object;
  const given = toBehavior(spec.advanced?.horizontalPodAutoscalerConfig?.behavior);
  const behavior = given === 'none' ? HPA_DEFAULT_BEHAVIOR : given;
  return [
    ...spec.triggers.flatMap((trigger, index) => checkTrigger(trigger, metadata, `spec.triggers[${index}]`)),
    ...checkFallback(spec),
    ...checkSteps(behavior, spec.maxReplicaCount ?? KEDA_DEFAULTS.maxReplicas),
    ...checkStabilization(behavior),
  ];
}

function checkTrigger(trigger: Trigger, metadata: ScaledObject['metadata'], field: string): Finding[] {
  const asked = referenceOfTrigger(trigger, metadata);
  if (!asked) return [];
  const findings: Finding[] = [];
  if ((trigger.metricType ?? 'AverageValue') !== 'AverageValue') {
    findings.push({
      severity: 'error',
      field: `${field}.metricType`,
      message: 'Value multiplies by the ready pods only, which is wrong while GPU pods are loading',
      fix: 'metricType: AverageValue',
    });
  }
  findings.push(...(trigger.type === 'metrics-api' ? checkHttp(trigger, field) : checkGrpc(trigger, field)));
  if (!asked.ok) findings.push({ severity: 'error', field: `${field}.metadata.url`, message: asked.error });
  return findings;
}

function checkGrpc(trigger: Trigger, field: string): Finding[] {
  const findings: Finding[] = [];
  if (trigger.useCachedMetrics) {
    findings.push({
      severity: 'warning',
      field: `${field}.useCachedMetrics`,
      message: 'cached reads reset the failure counter, so the fallback flaps (seen on KEDA v2.21.0)',
      fix: 'useCachedMetrics: false',
    });
  }
  if (!trigger.metadata['scalerAddress']) {
    findings.push({
      severity: 'error',
      field: `${field}.metadata.scalerAddress`,
      message: 'KEDA needs it to find the scaler',
    });
  }
  return findings;
}

/** What KEDA's metrics-api trigger must be told to read a count of replicas from our answer. */
function checkHttp({ metadata }: Trigger, field: string): Finding[] {
  const needed = [
    ['valueLocation', 'value', 'the count is not where KEDA looks for it'],
    ['targetValue', '1', 'the HPA divides by it: the answer is a count of replicas already'],
  ] as const;
  return needed
    .filter(([key, value]) => metadata[key] !== value)
    .map(([key, value, message]) => ({
      severity: 'error',
      field: `${field}.metadata.${key}`,
      message,
      fix: `${key}: "${value}"`,
    }));
}

function checkFallback({ fallback, minReplicaCount = 0 }: ScaledObject['spec']): Finding[] {
  if (!fallback) {
    if (minReplicaCount === 0) return [];
    const message = 'without a fallback the fleet freezes at its present count while metrics are unknown';
    const fix = 'fallback: { failureThreshold: 8, replicas: N, behavior: currentReplicasIfHigher }';
    return [{ severity: 'warning', field: 'spec.fallback', message, fix }];
  }
  if (minReplicaCount === 0) {
    const message = 'with a minimum of 0, an outage of the metrics wakes every idle workload to the fallback count';
    return [{ severity: 'warning', field: 'spec.fallback', message, fix: 'leave it out' }];
  }
  if (fallback.replicas < minReplicaCount) {
    const message = `${fallback.replicas} is below minReplicaCount ${minReplicaCount}`;
    return [{ severity: 'error', field: 'spec.fallback.replicas', message, fix: `replicas: ${minReplicaCount}` }];
  }
  return [];
}

/** Sends every neighbour count through the HPA and reports from which size on a step of one replica is swallowed. */
function checkSteps(behavior: HpaBehavior, maxReplicas: number): Finding[] {
  const field = 'spec.advanced.horizontalPodAutoscalerConfig.behavior';
  const swallowed = (step: 1 | -1): number | undefined => {
    for (let n = 2; n < maxReplicas; n++) if (nextReplicas(behavior, n, n + step) === n) return n;
    return undefined;
  };
  return ([1, -1] as const).flatMap((step): Finding[] => {
    const from = swallowed(step);
    const direction = step === 1 ? 'scaleUp' : 'scaleDown';
    if (from === undefined) return [];
    const message = `from ${from} replicas on the HPA's tolerance swallows a step of one replica`;
    return [{ severity: 'warning', field: `${field}.${direction}.tolerance`, message, fix: 'tolerance: "0"' }];
  });
}

function nextReplicas(behavior: HpaBehavior, n: number, metricTotal: number): number {
  const immediate: HpaBehavior = {
    scaleUp: { ...behavior.scaleUp, stabilizationWindow: 0, policies: HPA_DEFAULT_BEHAVIOR.scaleUp.policies },
    scaleDown: { ...behavior.scaleDown, stabilizationWindow: 0, policies: HPA_DEFAULT_BEHAVIOR.scaleDown.policies },
  };
  const bounds = { minReplicas: 1, maxReplicas: n + 1 };
  const metrics = [averageValue(metricTotal, 1)];
  const input = { now: 0, specReplicas: n, statusReplicas: n, metrics, bounds, behavior: immediate };
  return syncHpa(input, initialHpaState()).desiredReplicas;
}

/** The shipped policy was trained with these windows; others make it act on a fleet that answers differently. */
function checkStabilization({ scaleUp, scaleDown }: HpaBehavior): Finding[] {
  const field = 'spec.advanced.horizontalPodAutoscalerConfig.behavior';
  const findings: Finding[] = [];
  if (scaleUp.stabilizationWindow > 0) {
    const message = `waits ${scaleUp.stabilizationWindow} s before every step up, on top of the cold start`;
    findings.push({ severity: 'warning', field: `${field}.scaleUp.stabilizationWindowSeconds`, message, fix: '0' });
  }
  if (scaleDown.stabilizationWindow !== 120) {
    const message = `is ${scaleDown.stabilizationWindow} s; policies are trained with 120 s`;
    findings.push({ severity: 'warning', field: `${field}.scaleDown.stabilizationWindowSeconds`, message, fix: '120' });
  }
  return findings;
}
