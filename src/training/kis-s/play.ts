import { createRng } from '../../base/rng.js';
import { mean } from '../../base/statistics.js';
import type { Replicas } from '../../base/units.js';
import { PLANNER } from '../../decision/decide.js';
import { assess } from '../../decision/situation.js';
import { answerGuarded } from '../../scenarios/answer.js';
import type { FleetRun } from '../../scenarios/fleet-run.js';
import { decodeAction, KIS_S_ACTIONS, type KisSAction } from './action.js';
import { KisSEpisode, type KisSOutcome } from './episode.js';
import { KIS_S_PATTERNS, type KisSPattern } from './published.js';
import type { TwoDeployments } from './two-deployments.js';

/** Somebody who plays one minute of an episode. */
export interface KisSPlayer {
  readonly name: string;
  readonly play: (episode: KisSEpisode) => void;
}

/** What a player came to on one pattern, over all its episodes. */
export interface KisSScore {
  readonly policy: string;
  readonly pattern: KisSPattern;
  /** Mean reward of an episode. */
  readonly reward: number;
  readonly cost: number;
  readonly missRate: number;
  /** Whole-run percentiles of the two endpoints, ms; mean over episodes. */
  readonly gpuP95: number;
  readonly cpuP95: number;
}

/** A player that answers a state with an action, once a minute. */
export function playerOf(name: string, choose: (state: readonly number[]) => KisSAction): KisSPlayer {
  return { name, play: (episode) => void episode.step(choose(episode.state)) };
}

const always = (name: string, change: number): KisSPlayer =>
  playerOf(name, () => ({ gpuChange: change, cpuChange: change, placement: 'balanced' }));

/** Players that learn nothing: as few as may be, three and three, as many as may be. */
export const KIS_S_FIXED: readonly KisSPlayer[] = [always('min', -2), always('mid', 0), always('max', 2)];

/** Actions by chance. */
export function randomPlayer(seed: number): KisSPlayer {
  const rng = createRng(seed).stream('random-player');
  return playerOf('random', () => decodeAction(Math.floor(rng.next() * KIS_S_ACTIONS)));
}

/** Our planner behind its guards on each Deployment's own window, at every tick; it knows nothing of the other one. */
export const KIS_S_PLANNER: KisSPlayer = {
  name: PLANNER,
  play: (episode) =>
    void episode.pass((world) =>
      world.scaleTo({ gpu: planFor(world, 'gpu') ?? world.counts.gpu, cpu: planFor(world, 'cpu') ?? world.counts.cpu }),
    ),
};

function planFor(world: TwoDeployments, pool: 'gpu' | 'cpu'): Replicas | undefined {
  const { run }: { readonly run: FleetRun } = world[pool];
  const workload = { ...run.workload, policy: PLANNER };
  const window = run.window(world.now);
  const replicas = Math.ceil(assess(workload, window).plan);
  const { outcome } = answerGuarded(workload, window, [{ policy: PLANNER, ok: true, replicas }]);
  return outcome !== 'unguarded' && outcome.kind === 'decision' ? outcome.replicas : undefined;
}

/** Plays whole episodes of every pattern; all players meet the same requests. */
export function playKisS(player: KisSPlayer, episodes: number, seed: number): readonly KisSScore[] {
  return KIS_S_PATTERNS.map((pattern) => {
    const outcomes = Array.from({ length: episodes }, (_, i) => playOne(player, pattern, seed + i));
    const sum = (of: (outcome: KisSOutcome) => number): number => outcomes.reduce((total, one) => total + of(one), 0);
    const requests = sum((one) => one.requests);
    return {
      policy: player.name,
      pattern,
      reward: mean(outcomes.map(({ reward }) => reward)),
      cost: sum((one) => one.replicaSeconds) / sum((one) => one.loadSeconds),
      missRate: sum((one) => one.misses) / requests,
      gpuP95: mean(outcomes.map(({ gpuP95 }) => gpuP95)),
      cpuP95: mean(outcomes.map(({ cpuP95 }) => cpuP95)),
    };
  });
}

function playOne(player: KisSPlayer, pattern: KisSPattern, seed: number): KisSOutcome {
  const episode = new KisSEpisode({ pattern, seed });
  while (!episode.isOver) player.play(episode);
  return episode.finish();
}
