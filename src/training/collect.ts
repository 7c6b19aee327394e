import type { Rng } from '../base/rng.js';
import { sampleIndex, writeLogProbabilities } from './categorical.js';
import type { Environment } from './environment.js';
import { createRollout, type Rollout, type RowSizes } from './rollout.js';

/** Logits [rows][actionCount] of a policy for observations [rows][observationSize]. */
export type Actor = (observations: Float32Array, rows: number) => Float32Array;

/**
 * Lets every environment take `numSteps` steps of a policy, drawing each action by its probability. What an environment goes
 * through depends on the actor and on its own stream alone, not on the environments beside it.
 * @param draws one stream per environment
 */
export function collectRollout(
  environments: readonly Environment[],
  actor: Actor,
  draws: readonly Rng[],
  numSteps: number,
  sizes: RowSizes,
): Rollout {
  const { observationSize, truthSize, actionCount } = sizes;
  const numEnvs = environments.length;
  const rollout = createRollout(numSteps, numEnvs, sizes);
  const logProbs = new Float64Array(numEnvs * actionCount);
  for (let t = 0; t < numSteps; t++) {
    const first = t * numEnvs;
    for (const [e, environment] of environments.entries()) {
      environment.observe(rollout.observations, (first + e) * observationSize);
      if (truthSize > 0) environment.reveal?.(rollout.truths, (first + e) * truthSize);
      environment.mask(rollout.masks, (first + e) * actionCount);
    }
    const seen = rollout.observations.subarray(first * observationSize, (first + numEnvs) * observationSize);
    const masks = rollout.masks.subarray(first * actionCount, (first + numEnvs) * actionCount);
    const logits = actor(seen, numEnvs);
    for (const [e, environment] of environments.entries()) {
      writeLogProbabilities(logits, masks, logProbs, e * actionCount, actionCount);
      const action = sampleIndex(draws[e] as Rng, logProbs, e * actionCount, actionCount);
      const { reward, terminated, truncated, cutOff } = environment.step(action);
      const i = first + e;
      rollout.actions[i] = action;
      rollout.logProbs[i] = logProbs[e * actionCount + action] as number;
      rollout.rewards[i] = reward;
      rollout.ends[i] = terminated || truncated ? 1 : 0;
      if (truncated && cutOff) rollout.cutOffs.push({ ...cutOff, index: i });
    }
  }
  for (const [e, environment] of environments.entries()) {
    environment.observe(rollout.lastObservations, e * observationSize);
    if (truthSize > 0) environment.reveal?.(rollout.lastTruths, e * truthSize);
  }
  return rollout;
}
