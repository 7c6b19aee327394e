import { z } from 'zod';
import {
  BEHAVIORS,
  type Behavior,
  type BehaviorName,
  behaviorOf,
  type ControlOptions,
  HPA_SYNC,
  KUBERNETES_RELEASES,
} from '../../kisim/control.js';
import { duration } from '../fields.js';

const DAY = 86_400;
const replicas = z.number().int().min(0).max(1000);

const scalingRules = z.strictObject({
  stabilizationWindow: duration(0, 3600),
  tolerance: z.number().min(0).max(1).default(0.1),
  selectPolicy: z.enum(['Max', 'Min', 'Disabled']).default('Max'),
  policies: z
    .array(
      z.strictObject({
        type: z.enum(['Pods', 'Percent']),
        value: z.number().int().min(1).max(10_000),
        period: duration(1, 1800),
      }),
    )
    .min(1),
});

const behaviorNames = Object.keys(BEHAVIORS) as [BehaviorName, ...BehaviorName[]];
const at = z.number().min(0);
const until = z.number().positive().default(Number.POSITIVE_INFINITY);

/** `control` of a scenario file: the ScaledObject, as KEDA and the HPA carry it out. Times of day are seconds of the run. */
export const controlSchema = z.strictObject({
  /** `recommended` (our examples), `kubernetes` (no behaviour block at all), or a block of its own. */
  behavior: z
    .union([z.enum(behaviorNames), z.strictObject({ scaleUp: scalingRules, scaleDown: scalingRules })], {
      error: `must be ${behaviorNames.join(', ')} or { scaleUp, scaleDown }`,
    })
    .default('recommended'),
  /** How often KEDA asks the scaler. */
  pollingInterval: duration(1, 3600).default(15),
  /** How long after the last activity KEDA waits before it goes to 0 or idle; and after creation, before any activity. */
  cooldownPeriod: duration(0, DAY).default(0),
  initialCooldownPeriod: duration(0, DAY).default(0),
  /** Replicas while nothing is active, below replicas.min. */
  idleReplicas: replicas.optional(),
  /** How often the HPA controller looks. */
  hpaSync: duration(1, 3600).default(HPA_SYNC),
  /** The release whose rule of tolerance applies: up to 1.32, 1.33 and 1.34, or from 1.35 on. */
  kubernetes: z.enum(KUBERNETES_RELEASES).default('1.35'),
  /** `Value` multiplies by the ready pods only. */
  metricType: z.enum(['AverageValue', 'Value']).default('AverageValue'),
  /** The HPA is given what the last poll read. */
  useCachedMetrics: z.boolean().default(false),
  /** The scaler pushes its activity as well (external-push), so that 0 to 1 does not wait for a poll. */
  push: z.boolean().default(false),
  fallback: z
    .strictObject({
      failureThreshold: z.number().int().min(0).max(1000),
      replicas,
      behavior: z
        .enum(['static', 'currentReplicas', 'currentReplicasIfHigher', 'currentReplicasIfLower'])
        .default('static'),
    })
    .optional(),
  /** Further triggers, each wanting so many replicas from one time to another (KEDA's cron): the HPA takes the largest. */
  schedules: z
    .array(z.strictObject({ from: at, until, replicas }))
    .max(20)
    .default([]),
  /** KEDA's annotations, set at one time and taken away at another; `replicas` makes paused a paused-replicas. */
  pauses: z
    .array(
      z.strictObject({
        kind: z.enum(['paused', 'paused-scale-in', 'paused-scale-out', 'force-activation']).default('paused'),
        at,
        until,
        replicas: replicas.optional(),
      }),
    )
    .max(20)
    .default([]),
});

export type Control = z.output<typeof controlSchema>;

/** The options of a run's control; `behavior` overrides the scenario's. */
export function toControlOptions(control: Control, behavior?: Behavior): Omit<ControlOptions, 'bounds'> {
  const { kubernetes, pauses, idleReplicas, fallback, ...rest } = control;
  return {
    ...rest,
    behavior: behavior ?? behaviorOf(control.behavior),
    release: kubernetes,
    ...(idleReplicas === undefined ? {} : { idleReplicas }),
    ...(fallback ? { fallback } : {}),
    annotations: pauses.map((pause) => ({ at: pause.at, until: pause.until, annotations: annotationsOf(pause) })),
  };
}

function annotationsOf({ kind, replicas }: Control['pauses'][number]) {
  switch (kind) {
    case 'paused':
      return { paused: replicas ?? true };
    case 'paused-scale-in':
      return { pausedScaleIn: true };
    case 'paused-scale-out':
      return { pausedScaleOut: true };
    case 'force-activation':
      return { forceActivation: true };
  }
}
