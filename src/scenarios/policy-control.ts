import { BEHAVIORS, type Behavior } from '../kisim/control.js';
import { LEARNED } from '../policies/registry.js';

/** How a policy is wired up when nobody says otherwise. */
export interface PolicyControl {
  readonly guards?: boolean;
  readonly behavior?: Behavior;
}

const OURS: readonly string[] = [LEARNED, 'planner'];

/**
 * Ours run as we recommend them: behind the guards, with the scenario's behaviour block. A rival law runs as its users run it:
 * alone, behind the HPA's own defaults; a fixed count needs neither.
 */
export function controlOf(policy: string): PolicyControl {
  if (OURS.includes(policy)) return {};
  return policy.startsWith('static-') ? { guards: false } : { guards: false, behavior: BEHAVIORS.kubernetes };
}
