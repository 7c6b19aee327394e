import cliProgress from 'cli-progress';
import {
  KIS_S_FIXED,
  KIS_S_PLANNER,
  type KisSPlayer,
  type KisSScore,
  playKisS,
  randomPlayer,
} from '../../training/kis-s/play.js';
import { type KisSProgress, type TrainKisSOptions, trainKisS } from '../../training/kis-s/train-kis-s.js';
import { renderTable } from '../markdown-table.js';

/** Episodes of each pattern that every player is measured on. */
const EPISODES = 10;
/** Far from the seeds that training draws. */
const MEASURE_SEED = 4_000_000_000;

/** Trains on KIS-S's described task, plays the result beside players that learn nothing and the planner, and prints both. */
export async function reportKisS(options: TrainKisSOptions, isJson: boolean): Promise<void> {
  const progress = createProgress(options.steps);
  const trained = await trainKisS(options, progress.onUpdate);
  progress.stop();
  const players: readonly KisSPlayer[] = [trained, ...KIS_S_FIXED, randomPlayer(options.seed), KIS_S_PLANNER];
  const scores = players.flatMap((player) => playKisS(player, EPISODES, MEASURE_SEED));
  process.stdout.write(
    isJson ? `${JSON.stringify({ ...options, episodes: EPISODES, scores })}\n` : `${table(scores)}\n`,
  );
}

function table(scores: readonly KisSScore[]): string {
  return renderTable(
    ['pattern', 'policy', 'reward', 'cost', 'misses %', 'P95 GPU ms', 'P95 CPU ms'],
    [...scores]
      .sort((a, b) => a.pattern.localeCompare(b.pattern))
      .map(({ pattern, policy, reward, cost, missRate, gpuP95, cpuP95 }) => [
        pattern,
        policy,
        reward.toFixed(3),
        cost.toFixed(2),
        (100 * missRate).toFixed(1),
        gpuP95.toFixed(0),
        cpuP95.toFixed(0),
      ]),
  );
}

/** A bar with an estimate where stderr is a terminal, a line per update where it is not. */
function createProgress(steps: number): { onUpdate: (progress: KisSProgress) => Promise<void>; stop: () => void } {
  const describe = ({ meanReward, entropy }: KisSProgress): string =>
    `reward ${meanReward.toFixed(3)} a step, entropy ${entropy.toFixed(2)}`;
  const bar = process.stderr.isTTY
    ? new cliProgress.SingleBar({
        format: '{bar} {percentage}% | {eta_formatted} left | {text}',
        stream: process.stderr,
      })
    : undefined;
  bar?.start(steps, 0, { text: '' });
  return {
    onUpdate: async (progress) => {
      if (!bar) process.stderr.write(`${progress.steps}/${steps} ${describe(progress)}\n`);
      bar?.update(Math.min(steps, progress.steps), { text: describe(progress) });
      await new Promise((resolve) => setImmediate(resolve));
    },
    stop: () => bar?.stop(),
  };
}
