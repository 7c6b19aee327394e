import { z } from 'zod';
import { BEHAVIOR_SCHEMA, toBehavior } from './parse-behavior.js';
import type { Annotations, ScaledObjectSpec } from './scaled-object-spec.js';

const count = z.number().int().min(0).max(1e6);
const seconds = z.number().int().min(0).max(1e9);

const triggerSchema = z.object({
  type: z.string(),
  name: z.string().optional(),
  metricType: z.string().optional(),
  useCachedMetrics: z.boolean().optional(),
  metadata: z.record(z.string(), z.string()),
});

/** The parts of keda.sh/v1alpha1 ScaledObject that decide whether the fleet follows the decision. Unknown fields pass. */
export const SCALED_OBJECT_SCHEMA = z.object({
  apiVersion: z.literal('keda.sh/v1alpha1'),
  kind: z.literal('ScaledObject'),
  metadata: z.object({
    name: z.string(),
    namespace: z.string().optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.object({
    minReplicaCount: count.optional(),
    maxReplicaCount: count.min(1).optional(),
    idleReplicaCount: count.optional(),
    pollingInterval: seconds.min(1).optional(),
    cooldownPeriod: seconds.optional(),
    initialCooldownPeriod: seconds.optional(),
    fallback: z.object({ failureThreshold: count, replicas: count, behavior: z.string().optional() }).optional(),
    advanced: z
      .object({ horizontalPodAutoscalerConfig: z.object({ behavior: BEHAVIOR_SCHEMA }).optional() })
      .optional(),
    triggers: z.array(triggerSchema).min(1),
  }),
});

export type ScaledObject = z.infer<typeof SCALED_OBJECT_SCHEMA>;
export type Trigger = z.infer<typeof triggerSchema>;

/** What KEDA assumes where a ScaledObject says nothing (withtriggers_types.go, scale_executor.go, scaledobject_types.go). */
export const KEDA_DEFAULTS = {
  minReplicas: 0,
  maxReplicas: 100,
  pollingInterval: 30,
  cooldownPeriod: 300,
  initialCooldownPeriod: 0,
} as const;

const FALLBACK_BEHAVIORS = ['static', 'currentReplicas', 'currentReplicasIfHigher', 'currentReplicasIfLower'] as const;

/**
 * What a ScaledObject comes to in arithmetic: KEDA's defaults filled in, our target of 1 for every trigger. A text says why it
 * cannot be: bounds that cross (as KEDA's own check), or a fallback behaviour that needs a formula.
 */
export function toScaledObjectSpec({ spec }: ScaledObject): ScaledObjectSpec | string {
  const { minReplicaCount, idleReplicaCount, fallback } = spec;
  const minReplicas = minReplicaCount ?? KEDA_DEFAULTS.minReplicas;
  const maxReplicas = spec.maxReplicaCount ?? KEDA_DEFAULTS.maxReplicas;
  if (minReplicas > maxReplicas)
    return `spec.minReplicaCount must be from 0 to maxReplicaCount (${maxReplicas}), found ${minReplicas}`;
  const lowest = minReplicaCount === undefined ? 0 : Math.max(1, minReplicas);
  if (idleReplicaCount !== undefined && idleReplicaCount >= lowest)
    return `spec.idleReplicaCount must be below minReplicaCount (${lowest}), found ${idleReplicaCount}`;
  const behavior = FALLBACK_BEHAVIORS.find((one) => one === (fallback?.behavior ?? 'static'));
  if (!behavior)
    return `spec.fallback.behavior must be one of ${FALLBACK_BEHAVIORS.join(', ')}, found ${fallback?.behavior}`;
  return {
    minReplicas,
    maxReplicas,
    ...(idleReplicaCount === undefined ? {} : { idleReplicas: idleReplicaCount }),
    pollingInterval: spec.pollingInterval ?? KEDA_DEFAULTS.pollingInterval,
    cooldownPeriod: spec.cooldownPeriod ?? KEDA_DEFAULTS.cooldownPeriod,
    initialCooldownPeriod: spec.initialCooldownPeriod ?? KEDA_DEFAULTS.initialCooldownPeriod,
    ...(fallback ? { fallback: { ...fallback, behavior } } : {}),
    behavior: toBehavior(spec.advanced?.horizontalPodAutoscalerConfig?.behavior),
    triggers: spec.triggers.map(({ metricType, useCachedMetrics = false }) => ({
      target: 1,
      metricType: metricType === 'Value' ? 'Value' : 'AverageValue',
      useCachedMetrics,
    })),
  };
}

const PREFIX = 'autoscaling.keda.sh/';

/** The pause annotations of a ScaledObject; one that is no boolean counts as true, as in KEDA. */
export function toAnnotations({ metadata: { annotations = {} } }: ScaledObject): Annotations {
  const isSet = (name: string): boolean => {
    const value = annotations[`${PREFIX}${name}`];
    return value !== undefined && !['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value);
  };
  const pausedReplicas = annotations[`${PREFIX}paused-replicas`];
  return {
    paused:
      pausedReplicas === undefined ? isSet('paused') : /^\d{1,9}$/.test(pausedReplicas) ? Number(pausedReplicas) : true,
    pausedScaleIn: isSet('paused-scale-in'),
    pausedScaleOut: isSet('paused-scale-out'),
    forceActivation: isSet('force-activation'),
  };
}
