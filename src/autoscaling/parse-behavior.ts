import { z } from 'zod';
import type { Ratio } from '../base/units.js';
import { type Behavior, HPA_DEFAULT_BEHAVIOR, type ScalingRules } from './behavior.js';

/** A share as a Kubernetes quantity: `0`, `"0.05"` or `"50m"`. */
const tolerance = z.union([z.string(), z.number()]).transform((value, context): Ratio => {
  const match = /^(\d+(?:\.\d+)?|\.\d+)(m?)$/.exec(String(value));
  if (match) return Number(match[1]) * (match[2] === 'm' ? 1e-3 : 1);
  context.addIssue({ code: 'custom', message: 'must be a quantity >= 0, like "0", "0.05" or "50m"' });
  return z.NEVER;
});

const rules = z
  .object({
    stabilizationWindowSeconds: z.number().int().min(0).max(3600).optional(),
    tolerance: tolerance.optional(),
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

/** Fills what is absent with what the API server would: each field of each direction on its own. No block stays none. */
export function toBehavior(behavior: z.infer<typeof BEHAVIOR_SCHEMA>): Behavior {
  if (!behavior) return 'none';
  return {
    scaleUp: toRules(behavior.scaleUp, HPA_DEFAULT_BEHAVIOR.scaleUp),
    scaleDown: toRules(behavior.scaleDown, HPA_DEFAULT_BEHAVIOR.scaleDown),
  };
}

function toRules(given: z.infer<typeof rules>, otherwise: ScalingRules): ScalingRules {
  return {
    stabilizationWindow: given?.stabilizationWindowSeconds ?? otherwise.stabilizationWindow,
    tolerance: given?.tolerance ?? otherwise.tolerance,
    selectPolicy: given?.selectPolicy ?? otherwise.selectPolicy,
    policies:
      given?.policies?.map(({ type, value, periodSeconds }) => ({ type, value, period: periodSeconds })) ??
      otherwise.policies,
  };
}
