import { z } from 'zod';
import { BEHAVIORS, type BehaviorName } from '../../kisim/control.js';
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

/** `control` of a scenario file: the ScaledObject, as KEDA and the HPA carry it out. */
export const controlSchema = z.strictObject({
  /** `recommended`, `kubernetes` (its defaults), or a block of its own. */
  behavior: z
    .union([z.enum(behaviorNames), z.strictObject({ scaleUp: scalingRules, scaleDown: scalingRules })], {
      error: `must be ${behaviorNames.join(', ')} or { scaleUp, scaleDown }`,
    })
    .default('recommended'),
  pollingInterval: duration(1, 3600).default(15),
  cooldownPeriod: duration(0, DAY).default(0),
  fallback: z
    .strictObject({
      failureThreshold: z.number().int().min(0).max(1000),
      replicas,
      behavior: z
        .enum(['static', 'currentReplicas', 'currentReplicasIfHigher', 'currentReplicasIfLower'])
        .default('static'),
    })
    .optional(),
});
