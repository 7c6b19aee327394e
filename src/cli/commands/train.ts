import { Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { power } from '../../base/power.js';
import { ABLATION_NAMES, ABLATIONS, type Ablation } from '../../training/ablation.js';
import { CHURN } from '../../training/reward.js';
import { TRAIN_DEFAULTS } from '../../training/train-policy.js';
import { WORKERS_OPTION } from '../evaluate/run-options.js';
import { decimal } from '../option-parsers.js';
import { isUsersError } from '../simulate/usage-error.js';
import { distill } from '../train/distill.js';
import { NO_FORECASTER } from '../train/forecaster.js';
import { reportKisS } from '../train/kis-s.js';
import { writeScoreboard } from '../train/scoreboard.js';
import { train } from '../train/train.js';

const EXIT_USAGE = 2;
/** As long as the HPA remembers its largest recommendation: a margin below the law shows what it is worth after that. */
const REPEAT = 8;
/** Per tick: a horizon of 25 minutes. */
const GAMMA = 0.99;
/** A margin that holds for REPEAT ticks needs no more; with a shorter one, 0.5 helps. */
const LEAN = 0;

/** Lengths of training by name: `quick` shows that it works, `release` is what ships. */
const PRESETS = { quick: 20_480, release: 524_288 } as const;
type Preset = keyof typeof PRESETS;

const NOTES = `
The same seed gives the same weights to the byte, whatever the number of --workers. With --resume FILE the training is kept there
every minute and goes on from there, to the same bytes as one that was never interrupted.
With --distill the log-probabilities of several policies on one forecaster are averaged, and one actor learns to give the mean, on the
states that the mean leads to.`;

/** `kiscaler train`: PPO in KISim, written as ONNX with its model card. */
export function trainCommand() {
  return new Command('train')
    .description('Train the policy by PPO in the simulator and write it as ONNX with its model card.')
    .option('--out <file>', 'the .onnx to write; its card goes beside it as .card.json', onnx, 'models/policy.onnx')
    .addOption(new Option('--preset <name>', 'length').choices(Object.keys(PRESETS)).default('release'))
    .option('--steps <n>', 'ticks of all environments, instead of a preset; with kis-s-compat steps', positive)
    .option('--seed <n>', 'seed of every random stream', positive, 1)
    .option('--envs <n>', 'environments side by side (default: 64; with kis-s-compat 32)', positive)
    .option('--data <folder>', 'with the recordings of the train split; default: synthetic traffic alone')
    .option(
      '--forecaster <file>',
      `a model whose forecaster is kept, or ${NO_FORECASTER}: the load stays as it is; default: one is trained first`,
    )
    .option(
      '--episodes <n>',
      'episodes of the forecaster: a tenth to calibrate, a tenth to judge it by',
      positive,
      2500,
    )
    .option('--churn <weight>', 'cost of a change by one replica, in replica-ticks', inRange(0, 10), CHURN)
    .option(
      '--lean <share>',
      'of the time, for which one move at a time is favoured to try it out',
      inRange(0, 1),
      LEAN,
    )
    .option('--repeat <ticks>', 'for which a chosen multiple of the law holds', ticks, REPEAT)
    .option(
      '--learning-rate <rate>',
      "Adam's, of the actor; the critic's is twice that",
      inRange(1e-6, 0.1),
      TRAIN_DEFAULTS.learningRate,
    )
    .option('--entropy <weight>', 'of the entropy, falling to 0', inRange(0, 1), TRAIN_DEFAULTS.entCoef)
    .option(
      '--leash <weight>',
      'of the divergence from the law, falling to 0',
      inRange(0, 100),
      TRAIN_DEFAULTS.leashCoef,
    )
    .option('--leash-until <share>', 'of the training, at which it is 0', inRange(0.01, 1), TRAIN_DEFAULTS.leashUntil)
    .addOption(
      new Option('--critic <kind>', 'whether it is told the load to come and the true capacity beside the observation')
        .choices(['privileged', 'plain'])
        .default('privileged'),
    )
    .option(
      '--without <names>',
      `to see what it is good for, comma-separated: ${Object.entries(ABLATIONS)
        .map(([name, meaning]) => `${name} (${meaning})`)
        .join(', ')}`,
      ablations,
      [],
    )
    .option('--distill <files>', 'comma-separated .onnx files to average into one actor, instead of training', list)
    .option('--scoreboard <file>', 'put the table of an evaluate --json file on the card of --out; trains nothing')
    .option('--resume <file>', 'keep the training there, and go on from it')
    .addOption(WORKERS_OPTION)
    .addOption(
      new Option(
        '--reward <name>',
        `kis-s-compat: the task that KIS-S describes, ${PRESETS.quick} steps unless --steps; prints a comparison, writes no model`,
      )
        .choices(['cost', 'kis-s-compat'] as const)
        .default('cost' as const),
    )
    .option('--json', 'with kis-s-compat: one line of JSON in place of the table', false)
    .addHelpText('after', NOTES)
    .action(async (options, command) => {
      if (options.reward === 'kis-s-compat') {
        if (command.getOptionValueSource('out') !== 'default')
          command.error('error: --out must be absent with --reward kis-s-compat: nothing of it is served', {
            exitCode: EXIT_USAGE,
          });
        const { seed, steps = PRESETS.quick, envs: numEnvs = 32, json } = options;
        await reportKisS({ seed, steps, numEnvs }, json);
        return;
      }
      try {
        if (options.scoreboard) {
          writeScoreboard(options.out, options.scoreboard);
          return;
        }
        const { learningRate, entropy: entCoef, leash: leashCoef, leashUntil, critic, distill: files } = options;
        const { preset, envs = 64, steps = PRESETS[preset as Preset] } = options;
        const asked = { ...options, envs, steps };
        const request = { ...asked, command: commandLine(asked) };
        if (files) {
          await distill({ ...request, files });
          return;
        }
        const settings = {
          ...TRAIN_DEFAULTS,
          gamma: power(GAMMA, options.repeat),
          ...{ learningRate, entCoef, leashCoef, leashUntil, isPrivileged: critic === 'privileged' },
        };
        await train({ ...request, settings });
      } catch (error) {
        if (!isUsersError(error)) throw error;
        command.error(`error: ${error.message}`, { exitCode: EXIT_USAGE });
      }
    });
}

/** What shapes the result, and nothing of the machine: files by their names, no number of threads. */
function commandLine(options: Readonly<Record<string, unknown>>): string {
  const words = ['kiscaler train'];
  for (const name of [
    'steps',
    'seed',
    'envs',
    'churn',
    'lean',
    'repeat',
    'learningRate',
    'entropy',
    'leash',
    'leashUntil',
    'critic',
  ])
    words.push(`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${String(options[name])}`);
  const without = options['without'];
  if (Array.isArray(without) && without.length > 0) words.push(`--without ${without.join(',')}`);
  for (const name of ['data', 'forecaster', 'episodes', 'distill'])
    if (options[name] !== undefined) words.push(`--${name} ${String(options[name]).replace(/[^,]*\//g, '')}`);
  return words.join(' ');
}

function onnx(path: string): string {
  if (!path.endsWith('.onnx')) throw new InvalidArgumentError('must end in .onnx.');
  return path;
}

function ablations(text: string): readonly Ablation[] {
  return text.split(',').map((name) => {
    const found = ABLATION_NAMES.find((one) => one === name);
    if (!found) throw new InvalidArgumentError(`must be of ${ABLATION_NAMES.join(', ')}, found ${name}.`);
    return found;
  });
}

function list(text: string): readonly string[] {
  const files = text.split(',').filter((file) => file !== '');
  if (files.length < 2) throw new InvalidArgumentError('must be at least two files.');
  return files.map(onnx);
}

function inRange(min: number, max: number): (text: string) => number {
  return (text) => decimal(text, min, max);
}

function ticks(text: string): number {
  const value = positive(text);
  if (value > 64) throw new InvalidArgumentError('must be a whole number from 1 to 64.');
  return value;
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new InvalidArgumentError('must be a whole number from 1 to 9999999999.');
  return Number(text);
}
