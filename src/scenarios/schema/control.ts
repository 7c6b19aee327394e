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
import { at, LONGEST } from '../../kisim/faults/fault-line.js';
import { duration } from '../fields.js';

const DAY = 86_400;
const replicas = z.number().int().min(0).max(1000);

const scalingRules = z.strictObject({
  stabilizationWindow: duration(0, 3600).describe('The most cautious recommendation of so long counts.'),
  tolerance: z.number().min(0).max(1).default(0.1).describe('A ratio within 1 +- this is no change.'),
  selectPolicy: z.enum(['Max', 'Min', 'Disabled']).default('Max').describe('Which of the policies counts.'),
  policies: z
    .array(
      z.strictObject({
        type: z.enum(['Pods', 'Percent']).describe('What `value` is.'),
        value: z.number().int().min(1).max(10_000).describe('Change allowed per period.'),
        period: duration(1, 1800).describe('How far back changes count.'),
      }),
    )
    .min(1)
    .describe('Limits of the speed.'),
});

const until = duration(0, LONGEST).default(Number.POSITIVE_INFINITY).describe('When it is over; default: never.');
const behaviorNames = Object.keys(BEHAVIORS) as [BehaviorName, ...BehaviorName[]];

/** `control` of a scenario file: the ScaledObject, as KEDA and the HPA carry it out. Times of day are seconds of the run. */
export const controlSchema = z.strictObject({
  behavior: z
    .union(
      [
        z.enum(behaviorNames),
        z.strictObject({
          scaleUp: scalingRules.describe('On the way up.'),
          scaleDown: scalingRules.describe('On the way down; the same keys.'),
        }),
      ],
      { error: `must be ${behaviorNames.join(', ')} or { scaleUp, scaleDown }` },
    )
    .default('recommended')
    .describe(
      "The HPA's behaviour: `recommended` (our examples), `kubernetes` (no block at all), or a block of its own.",
    ),
  pollingInterval: duration(1, 3600).default(15).describe('How often KEDA asks the scaler.'),
  cooldownPeriod: duration(0, DAY)
    .default(0)
    .describe('How long after the last activity KEDA waits before it goes to 0 or idle.'),
  initialCooldownPeriod: duration(0, DAY).default(0).describe('Likewise after creation, before any activity.'),
  idleReplicas: replicas.optional().describe('Replicas while nothing is active, below `replicas.min`.'),
  hpaSync: duration(1, 3600).default(HPA_SYNC).describe('How often the HPA controller looks.'),
  kubernetes: z
    .enum(KUBERNETES_RELEASES)
    .default('1.35')
    .describe('The release whose rule of tolerance applies: up to 1.32, 1.33 and 1.34, or from 1.35 on.'),
  metricType: z
    .enum(['AverageValue', 'Value'])
    .default('AverageValue')
    .describe('`Value` multiplies by the ready pods only.'),
  useCachedMetrics: z.boolean().default(false).describe('The HPA is given what the last poll read.'),
  push: z
    .boolean()
    .default(false)
    .describe('The scaler pushes its activity as well (external-push), so that 0 to 1 does not wait for a poll.'),
  fallback: z
    .strictObject({
      failureThreshold: z.number().int().min(0).max(1000).describe('Failures in a row after which it applies.'),
      replicas: replicas.describe('The count that is then in force.'),
      behavior: z
        .enum(['static', 'currentReplicas', 'currentReplicasIfHigher', 'currentReplicasIfLower'])
        .default('static')
        .describe('How `replicas` and the present count are put together.'),
    })
    .optional()
    .describe("KEDA's fallback while the scaler answers with errors; default: none."),
  schedules: z
    .array(
      z.strictObject({
        from: at.describe('When it begins.'),
        until,
        replicas: replicas.describe('What it wants.'),
      }),
    )
    .max(20)
    .default([])
    .describe("Further triggers, each wanting so many replicas for a while (KEDA's cron): the HPA takes the largest."),
  pauses: z
    .array(
      z.strictObject({
        kind: z
          .enum(['paused', 'paused-scale-in', 'paused-scale-out', 'force-activation'])
          .default('paused')
          .describe('The annotation.'),
        at,
        until,
        replicas: replicas.optional().describe('Makes `paused` a paused-replicas.'),
      }),
    )
    .max(20)
    .default([])
    .describe("KEDA's annotations, set at one time and taken away at another."),
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
