import { BEHAVIORS, type Behavior, type BehaviorName } from '../kisim/control.js';
import { LEARNED, parsePolicyName } from '../policies/registry.js';

/** How a policy is wired up when nobody says otherwise. */
export interface PolicyControl {
  readonly guards?: boolean;
  readonly behavior?: Behavior;
}

const OURS: readonly string[] = [LEARNED, 'planner'];

/**
 * Ours run as we recommend them: behind the guards, with the scenario's behaviour block. A rival law runs as its users run it:
 * alone, behind the HPA's own defaults; a fixed count needs neither. The settings `guards` and `behavior` of a policy's name
 * say otherwise.
 */
export function controlOf(policy: string): PolicyControl {
  const parsed = parsePolicyName(policy);
  const { name, settings } = parsed.ok ? parsed.value : { name: policy, settings: {} };
  const { guards, behavior } = settings;
  return {
    ...usualControlOf(name),
    ...(guards === undefined ? {} : { guards: guards === 'on' }),
    ...(behavior === undefined ? {} : { behavior: BEHAVIORS[behavior as BehaviorName] }),
  };
}

function usualControlOf(name: string): PolicyControl {
  if (OURS.includes(name)) return {};
  return name.startsWith('static-') ? { guards: false } : { guards: false, behavior: BEHAVIORS.kubernetes };
}
