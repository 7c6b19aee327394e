import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import cliProgress from 'cli-progress';
import { exportPolicy } from '../../training/export-policy.js';
import { findThinTail, trainForecaster } from '../../training/forecaster/train-forecaster.js';
import type { Mlp } from '../../training/mlp.js';
import { readPolicy } from '../../training/onnx/read-model.js';
import { type TrainProgress, trainPolicy } from '../../training/train-policy.js';
import { describeWorld, openWorld, type World } from '../../training/worlds/world.js';
import { reportKisS } from '../train/kis-s.js';

/** Lengths of training by name: `quick` shows that it works, `release` is what ships. */
const PRESETS = { quick: 20_480, release: 819_200 } as const;

/** `kiscaler train`: PPO in KISim, written as ONNX with its model card. */
export function trainCommand() {
  return new Command('train')
    .description('Train the policy by PPO in the simulator and write it as ONNX with its model card.')
    .option('--out <file>', 'the .onnx to write; its card goes beside it as .card.json', 'models/policy.onnx')
    .option('--preset <name>', `length: ${Object.keys(PRESETS).join(' or ')}`, 'release')
    .option('--data <folder>', 'with the recordings of the train split; default: synthetic traffic alone')
    .option('--steps <n>', 'environment steps, instead of a preset', positive)
    .option('--forecaster <file>', 'a model whose forecaster is taken as it is; default: one is trained first')
    .option('--episodes <n>', 'episodes that the forecaster learns from', positive, 2000)
    .option('--seed <n>', 'seed of every random stream', positive, 1)
    .option('--envs <n>', 'environments side by side', positive, 32)
    .addOption(
      new Option(
        '--reward <name>',
        `kis-s-compat: the task that KIS-S describes, ${PRESETS.quick} steps unless --steps; prints a comparison, writes no model`,
      )
        .choices(['cost', 'kis-s-compat'] as const)
        .default('cost' as const),
    )
    .option('--json', 'with kis-s-compat: one line of JSON in place of the table', false)
    .action(async (options, command) => {
      if (options.reward === 'kis-s-compat') {
        if (command.getOptionValueSource('out') !== 'default')
          command.error('error: --out must be absent with --reward kis-s-compat: nothing of it is served', {
            exitCode: 2,
          });
        await reportKisS(
          { seed: options.seed, steps: options.steps ?? PRESETS.quick, numEnvs: options.envs },
          options.json,
        );
        return;
      }
      const steps = options.steps ?? PRESETS[options.preset as keyof typeof PRESETS];
      if (steps === undefined)
        command.error(`error: --preset must be ${Object.keys(PRESETS).join(' or ')}`, { exitCode: 2 });
      if (!options.out.endsWith('.onnx')) command.error('error: --out must end in .onnx', { exitCode: 2 });
      const world = openWorld(options.data);
      const { seed, envs: numEnvs } = options;
      const forecaster = options.forecaster
        ? readPolicy(readFileSync(options.forecaster), 1024).forecaster
        : await forecasterOf(world, seed, options.episodes);
      const bar = createBar(steps);
      const trained = await trainPolicy({ world, forecaster, seed, steps, numEnvs }, bar.onUpdate);
      bar.stop();
      const { model, card } = exportPolicy(trained, {
        command: `kiscaler train --steps ${steps} --seed ${seed} --envs ${numEnvs}`,
        seed,
        steps: trained.steps,
        commit: currentCommit(),
        sources: [...describeWorld(world)],
      });
      mkdirSync(dirname(options.out), { recursive: true });
      writeFileSync(options.out, model);
      writeFileSync(options.out.replace(/\.onnx$/, '.card.json'), `${JSON.stringify(card, undefined, 1)}\n`);
      process.stdout.write(`wrote ${options.out} (${model.length} bytes, sha256 ${card.sha256})\n`);
    });
}

/** The quantile network, with a line of how it did on episodes kept apart. Ends the program where its tail does not hold. */
async function forecasterOf(world: World, seed: number, episodes: number): Promise<Mlp> {
  let told = 0;
  const { network, score } = await trainForecaster({ world, seed, episodes }, async (share) => {
    if (share < told + 0.05) return;
    told = share;
    process.stderr.write(`forecaster ${Math.round(100 * share)} %\n`);
  });
  const coverage = score.coverage.map((covered) => covered.toFixed(3)).join(' ');
  process.stderr.write(
    `forecaster: pinball loss ${score.loss.toFixed(4)}, coverage ${coverage} (${score.count} unseen samples)\n`,
  );
  const thin = findThinTail(score);
  if (thin.length > 0) throw new Error(`the forecaster's tail does not hold: ${thin.join('; ')}`);
  return network;
}

/** A bar with an estimate where stderr is a terminal, a line per update where it is not. */
function createBar(steps: number): { onUpdate: (progress: TrainProgress) => Promise<void>; stop: () => void } {
  const describe = ({ meanReward, parts, entropy, approxKl }: TrainProgress): string =>
    `reward ${meanReward.toFixed(3)} (replicas ${parts.replicas.toFixed(3)}, misses ${parts.misses.toFixed(3)}, churn ${parts.churn.toFixed(3)}) entropy ${entropy.toFixed(2)} kl ${approxKl.toFixed(4)}`;
  if (!process.stderr.isTTY) {
    return {
      onUpdate: async (progress) => {
        process.stderr.write(`${progress.steps}/${steps} ${describe(progress)}\n`);
      },
      stop: () => {},
    };
  }
  const bar = new cliProgress.SingleBar({
    format: '{bar} {percentage}% | {eta_formatted} left | {text}',
    stream: process.stderr,
  });
  bar.start(steps, 0, { text: '' });
  return {
    onUpdate: async (progress) => {
      bar.update(Math.min(steps, progress.steps), { text: describe(progress) });
      await new Promise((resolve) => setImmediate(resolve));
    },
    stop: () => bar.stop(),
  };
}

function currentCommit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}

function positive(value: string): number {
  if (!/^[1-9]\d{0,9}$/.test(value)) throw new InvalidArgumentError('must be a whole number >= 1.');
  return Number(value);
}
