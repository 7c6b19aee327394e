import cliProgress from 'cli-progress';
import type { TrainProgress } from '../../training/train-policy.js';

/** Progress of a training, on stderr. */
export interface TrainingBar {
  at(done: number, text: string): Promise<void>;
  stop(): void;
}

/** What one update came to: the parts of the reward, and how far the policy has moved. */
export function describeUpdate(progress: TrainProgress): string {
  const { meanReward, parts, entropy, approxKl, leashKl, explainedVariance } = progress;
  const { replicas, misses, churn } = parts;
  const rewards = `replicas ${replicas.toFixed(3)}, misses ${misses.toFixed(3)}, churn ${churn.toFixed(3)}`;
  const policy = `entropy ${entropy.toFixed(2)}, kl ${approxKl.toFixed(4)}, from the law ${leashKl.toFixed(3)}`;
  return `reward ${meanReward.toFixed(3)} (${rewards}) ${policy}, critic explains ${explainedVariance.toFixed(2)}`;
}

/** A bar with an estimate where stderr is a terminal, a line per update where it is not. */
export function createTrainingBar(total: number, unit: string, begin = 0): TrainingBar {
  if (!process.stderr.isTTY) {
    return {
      at: async (done, text) => {
        process.stderr.write(`${done}/${total} ${unit} ${text}\n`);
      },
      stop: () => {},
    };
  }
  const bar = new cliProgress.SingleBar({
    format: `{bar} {percentage}% | {eta_formatted} left | {text}`,
    stream: process.stderr,
    etaBuffer: 20,
  });
  bar.start(total, begin, { text: '' });
  return {
    at: async (done, text) => {
      bar.update(Math.min(total, done), { text });
      await new Promise((resolve) => setImmediate(resolve));
    },
    stop: () => bar.stop(),
  };
}
