import type { Decision } from '../../decision/decision.js';

/** Active means "the decision is at least one replica", not "there is traffic": KEDA would else undo the decision. */
export function isActive({ replicas }: Decision): boolean {
  return replicas >= 1;
}
