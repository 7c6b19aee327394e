import { Command, Option } from '@commander-js/extra-typings';
import { SPLITS } from '../../evaluation/matrix/matrix.js';
import { loadMatrix } from '../../evaluation/matrix/matrix-file.js';
import { FAULTS, findVariations, VARIATION_NAMES } from '../../evaluation/stress/find-variations.js';
import { stressCases } from '../../evaluation/stress/stress-cases.js';
import { playStress, type StressRow } from '../../evaluation/stress/stress-rows.js';
import { scoreStress } from '../../evaluation/stress/stress-scores.js';
import { VARIATIONS } from '../../evaluation/stress/variations.js';
import { POLICY_NAMES } from '../../policies/registry.js';
import { checkPolicies } from '../evaluate/check-policies.js';
import { DATA_OPTION, WINDOWS_OPTION } from '../evaluate/matrix-options.js';
import { planPolicies } from '../evaluate/plan-policies.js';
import { withPlayers } from '../evaluate/play-all.js';
import { RESUME_OPTION, WORKERS_OPTION } from '../evaluate/run-options.js';
import { isUsersError } from '../evaluate/users-error.js';
import type { loadLearned } from '../learned.js';
import { integer, policyList, price } from '../option-parsers.js';
import { UsageError } from '../simulate/usage-error.js';
import { LEVELS, playGuards } from '../stress/play-guards.js';
import { guardsOf, openWindows, type WindowOptions } from '../stress/stress-options.js';
import { renderGuards, renderStress, type TableStyle } from '../stress/tables.js';

const EXIT_USAGE = 2;
const DEFAULT_POLICIES: readonly string[] = ['learned', 'qplan', 'planner', 'peak', 'hpa', 'kpa'];

const NOTES = `
Variations:
${VARIATIONS.map(({ name, meaning }) => `  ${name.padEnd(22)} ${meaning}`).join('\n')}
  ${FAULTS.padEnd(22)} the last nine

Examples:
  kiscaler stress
  kiscaler stress --data DATA --resume stress.jsonl
  kiscaler stress capacity-low capacity-high --policies learned,planner --sample 24
  kiscaler stress faults --guards --fronts --policies planner,learned
  kiscaler stress faults --guards each --policies planner`;

/** `kiscaler stress`: the same windows under variations of the world, and what guards cost and save there. */
export function stressCommand(load: typeof loadLearned) {
  return new Command('stress')
    .description('Play policies where the world is otherwise than they were made for, and beside it as it is.')
    .argument('[variations...]', `${VARIATION_NAMES.join(', ')}; default: all, with --guards ${FAULTS}`)
    .addOption(
      new Option(
        '--split <name>',
        'of the matrix; default: select, without --data the synthetic windows of train',
      ).choices(SPLITS),
    )
    .addOption(DATA_OPTION)
    .addOption(WINDOWS_OPTION)
    .option(
      '--sample <n>',
      'short windows, spread over the sources of the split',
      (text) => integer(text, 10_000, 1),
      12,
    )
    .option('--policies <names>', `comma-separated: ${POLICY_NAMES}`, policyList, DEFAULT_POLICIES)
    .option('--price <n>', 'of a miss', price, 30)
    .option('--seeds <n>', 'seeds per window', (text) => integer(text, 1000, 1), 1)
    .option('--models <files>', 'also learned policies of these files, comma-separated, as learned@1, ...', (text) =>
      text.split(','),
    )
    .option('--guards [names]', 'play policies with all guards and without: all (default), each, or some by name')
    .option('--fronts', 'with --guards: also at equal misses, at eight points a policy')
    .addOption(RESUME_OPTION)
    .addOption(WORKERS_OPTION)
    .option('--markdown', 'print tables as Markdown')
    .option('--json', 'print one JSON row per run')
    .addHelpText('after', NOTES)
    .action(async (names, options, command) => {
      try {
        const { rows, text } = await play(names, options, load);
        if (options.json) for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
        else process.stdout.write(text(options.markdown ? 'markdown' : 'text'));
      } catch (error) {
        if (!isUsersError(error)) throw error;
        command.error(`error: ${error.message}`, { exitCode: EXIT_USAGE });
      }
    });
}

interface StressOptions extends WindowOptions {
  readonly policies: readonly string[];
  readonly models?: readonly string[] | undefined;
  readonly price: number;
  readonly seeds: number;
  readonly guards?: string | true | undefined;
  readonly fronts?: true | undefined;
  readonly resume?: string | undefined;
  readonly workers?: number | undefined;
}

interface Played {
  readonly rows: readonly StressRow[];
  readonly text: (style: TableStyle) => string;
}

/** All that was asked for. Throws UsageError. */
async function play(names: readonly string[], options: StressOptions, load: typeof loadLearned): Promise<Played> {
  const { policies, price, guards } = options;
  if (options.fronts && guards === undefined) throw new UsageError('--fronts: needs --guards');
  if (options.models && guards !== undefined) throw new UsageError('--models: not with --guards');
  const found = findVariations(names.length === 0 && guards !== undefined ? [FAULTS] : names);
  if (!found.ok) throw new UsageError(found.error);
  // What others are only held against is no trouble of its own that guards could pay for.
  const isBase = (name: string): boolean => found.value.some(({ against }) => against === name);
  const variations = found.value.filter(({ name }) => guards === undefined || names.includes(name) || !isBase(name));
  const model = await checkPolicies(policies, load);
  const without = guards === undefined ? [] : guardsOf(guards);
  const planned = await planPolicies(options, load);
  const cases = await stressCases(openWindows(options), variations, loadMatrix().matrix);
  const seeds = Array.from({ length: options.seeds }, (_, i) => i + 1);
  return withPlayers({ name: 'stress', model, ...options }, async (playAll) => {
    if (guards === undefined) {
      const rows = await playStress({ cases, policies: planned, prices: [price], seeds }, playAll);
      return { rows, text: (style) => renderStress(scoreStress(rows, variations, price), variations, price, style) };
    }
    const hasFronts = options.fronts === true;
    const { rows, worth } = await playGuards({ cases, policies, guards: without, price, seeds, hasFronts }, playAll);
    return { rows, text: (style) => renderGuards(worth, price, hasFronts ? LEVELS : [], style) };
  });
}
