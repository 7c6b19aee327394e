/** One rollout's numbers, row-major [numSteps][numEnvs]. */
export interface RolloutNumbers {
  readonly rewards: Float64Array;
  readonly values: Float64Array;
  /** 1 where the step ended its episode (terminated or truncated). */
  readonly ends: Uint8Array;
  /** Value of the state after the step: the next one's, or at a time limit that of the state which was cut off; 0 if terminated. */
  readonly nextValues: Float64Array;
}

/**
 * Generalized advantage estimation (Schulman et al. 2016): A_t = delta_t + gamma * lambda * A_{t+1} within an episode, with
 * delta_t = r_t + gamma * V(s_{t+1}) - V(s_t). Returns advantages [numSteps][numEnvs]. Pure.
 */
export function computeAdvantages(
  { rewards, values, ends, nextValues }: RolloutNumbers,
  numEnvs: number,
  gamma: number,
  gaeLambda: number,
): Float64Array {
  const advantages = new Float64Array(rewards.length);
  for (let i = rewards.length - 1; i >= 0; i--) {
    const delta = (rewards[i] as number) + gamma * (nextValues[i] as number) - (values[i] as number);
    const carried = ends[i] === 1 || i + numEnvs >= rewards.length ? 0 : (advantages[i + numEnvs] as number);
    advantages[i] = delta + gamma * gaeLambda * carried;
  }
  return advantages;
}
