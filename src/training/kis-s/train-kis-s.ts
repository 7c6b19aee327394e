import { createRng } from '../../base/rng.js';
import { PPO_DEFAULTS, Ppo, type UpdateReport } from '../ppo.js';
import { decodeAction, KIS_S_ACTIONS } from './action.js';
import { KisSEnvironment, scaleState } from './environment.js';
import { type KisSPlayer, playerOf } from './play.js';
import { KIS_S_PPO } from './published.js';
import { KIS_S_STATE } from './state.js';

export interface TrainKisSOptions {
  readonly seed: number;
  /** Environment steps in all; rounded up to whole buffers. */
  readonly steps: number;
  readonly numEnvs: number;
}

export interface KisSProgress extends UpdateReport {
  readonly steps: number;
}

/**
 * PPO with the published constants on the described task, in KISim. Where the networks differ from the published one:
 * KIS_S_PPO. The same options give the same weights. @returns the trained policy, greedy
 */
export async function trainKisS(
  { seed, steps, numEnvs }: TrainKisSOptions,
  onUpdate: (progress: KisSProgress) => Promise<void>,
): Promise<KisSPlayer> {
  const rng = createRng(seed);
  const environments = Array.from({ length: numEnvs }, (_, i) => new KisSEnvironment(rng.stream(`environment/${i}`)));
  const { buffer, ...constants } = KIS_S_PPO;
  const numSteps = Math.ceil(buffer / numEnvs);
  const task = { observationSize: KIS_S_STATE.length, truthSize: 0, actionCount: KIS_S_ACTIONS };
  const ppo = new Ppo({ ...PPO_DEFAULTS, ...constants, ...task, numSteps, criticRate: 1 }, numEnvs, rng);
  const updates = Math.ceil(steps / (numSteps * numEnvs));
  for (let update = 0; update < updates; update++) {
    // Progress 0 throughout: neither learning rate nor entropy weight falls there.
    const report = ppo.train(environments, 0);
    await onUpdate({ ...report, steps: (update + 1) * numSteps * numEnvs });
  }
  return playerOf('trained', (state) => {
    const logits = ppo.actor.forward(scaleState(state), 1);
    return decodeAction(logits.reduce((best, logit, i) => (logit > (logits[best] as number) ? i : best), 0));
  });
}
