import { GUARDS, type Guard } from '../decision/guards.js';
import { BEHAVIORS, type Behavior, type BehaviorName } from '../kisim/control.js';
import { QPLAN } from '../policies/qplan.js';
import { LEARNED, parsePolicyName } from '../policies/registry.js';
import { withoutGuard } from '../policies/shared-settings.js';

/** How a policy is wired up when nobody says otherwise. */
export interface PolicyControl {
  /** All of our guards, none, or those in the list. */
  readonly guards?: boolean | readonly Guard[];
  readonly behavior?: Behavior;
}

const OURS: readonly string[] = [LEARNED, QPLAN, 'planner'];

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
    ...(guards === undefined ? {} : { guards: guardsOf(String(guards)) }),
    ...(behavior === undefined ? {} : { behavior: BEHAVIORS[behavior as BehaviorName] }),
  };
}

function guardsOf(setting: string): boolean | readonly Guard[] {
  if (setting === 'on' || setting === 'off') return setting === 'on';
  return GUARDS.filter(({ name }) => withoutGuard(name) !== setting);
}

function usualControlOf(name: string): PolicyControl {
  if (OURS.includes(name)) return {};
  return name.startsWith('static-') ? { guards: false } : { guards: false, behavior: BEHAVIORS.kubernetes };
}
