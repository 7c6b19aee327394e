import { z } from 'zod';
import { HPA_DEFAULT_BEHAVIOR, type HpaBehavior, type ScalingRules } from '../autoscaling/behavior.js';

const rules = z
  .object({
    stabilizationWindowSeconds: z.number().int().min(0).max(3600).optional(),
    tolerance: z.union([z.string(), z.number()]).optional(),
    selectPolicy: z.enum(['Max', 'Min', 'Disabled']).optional(),
    policies: z
      .array(
        z.object({
          type: z.enum(['Pods', 'Percent']),
          value: z.number().int().min(1),
          periodSeconds: z.number().int().min(1).max(1800),
        }),
      )
      .min(1)
      .optional(),
  })
  .optional();

/** `spec.advanced.horizontalPodAutoscalerConfig.behavior` of a ScaledObject, in the API's own spelling. */
export const BEHAVIOR_SCHEMA = z.object({ scaleUp: rules, scaleDown: rules }).optional();

/** Fills what is absent with what the API server would: each field of each direction on its own. */
export function toHpaBehavior(behavior: z.infer<typeof BEHAVIOR_SCHEMA>): HpaBehavior {
  return {
    scaleUp: toRules(behavior?.scaleUp, HPA_DEFAULT_BEHAVIOR.scaleUp),
    scaleDown: toRules(behavior?.scaleDown, HPA_DEFAULT_BEHAVIOR.scaleDown),
  };
}

function toRules(given: z.infer<typeof rules>, otherwise: ScalingRules): ScalingRules {
  return {
    stabilizationWindow: given?.stabilizationWindowSeconds ?? otherwise.stabilizationWindow,
    tolerance: given?.tolerance === undefined ? otherwise.tolerance : Number(given.tolerance),
    selectPolicy: given?.selectPolicy ?? otherwise.selectPolicy,
    policies:
      given?.policies?.map(({ type, value, periodSeconds }) => ({ type, value, period: periodSeconds })) ??
      otherwise.policies,
  };
}
