import { writeFileSync } from 'node:fs';
import { Command, Option } from '@commander-js/extra-typings';
import Table from 'cli-table3';
import { loadMatrix } from '../../evaluation/matrix/matrix-file.js';
import { type LawSweep, SWEPT_SETTINGS, sweep } from '../../evaluation/tune/sweep.js';
import { formatSweep } from '../../evaluation/tune/sweep-file.js';
import { QPLAN } from '../../policies/qplan.js';
import { LAW_NAMES } from '../../policies/registry.js';
import { DATA_OPTION, openSplit } from '../evaluate/matrix-options.js';
import { withPlayers } from '../evaluate/play-all.js';
import { RESUME_OPTION, WORKERS_OPTION } from '../evaluate/run-options.js';
import { isUsersError } from '../evaluate/users-error.js';
import { integer, numberList, wholeNumber } from '../option-parsers.js';
import { UsageError } from '../simulate/usage-error.js';

const EXIT_USAGE = 2;
/** The quantile law is tuned as its rivals are, but needs a model. */
const TUNABLE = [...LAW_NAMES, QPLAN];

const NOTES = `
Each law is tried at its authors' constants and at settings of a Latin hypercube over the ranges that it declares, its own and
those that all share (floors, behaviour block, guards); a third of the trials goes on to three times as many windows, until the
last ones are played on all of them. Only training windows are played, without --data only the synthetic ones.

Example:
  kiscaler tune --data DATA --out sweep.json --resume sweep.jsonl
  kiscaler evaluate --split select --data DATA --policies hpa,kpa,planner --tuned sweep.json`;

/** `kiscaler tune`: sweeps the settings of laws on training traffic; the chosen ones as a table, all of it as JSON. */
export function tuneCommand() {
  return new Command('tune')
    .description("Sweep every law's settings on training traffic, per price of a miss, and keep what came of it.")
    .option(
      '--laws <names>',
      `comma-separated: ${TUNABLE.join(', ')} (default: all but ${QPLAN})`,
      (text) => text.split(','),
      LAW_NAMES,
    )
    .addOption(DATA_OPTION)
    .option('--prices <list>', 'prices of a miss, comma-separated', numberList, [10, 30, 100])
    .option('--trials <n>', 'settings per law, 2 to 10000', (text) => integer(text, 10_000, 2), 27)
    .option('--windows <n>', 'training windows of the last round', (text) => integer(text, 10_000, 1), 54)
    .addOption(
      new Option('--length <kind>', 'which windows')
        .choices(['short', 'long', 'all'] as const)
        .default('short' as const),
    )
    .addOption(
      new Option('--settings <kind>', "each law's own, or also those that all share")
        .choices(SWEPT_SETTINGS)
        .default('all' as const),
    )
    .option('--seeds <n>', 'seeds per window', (text) => integer(text, 1000, 1), 1)
    .option('--seed <n>', 'of the settings that are drawn', wholeNumber, 1)
    .option('--out <file>', 'where the sweep goes, as JSON')
    .addOption(RESUME_OPTION)
    .addOption(WORKERS_OPTION)
    .addHelpText('after', NOTES)
    .action(async (options, command) => {
      try {
        const { laws, data, prices, trials, windows, length, settings, seeds, seed, out } = options;
        for (const law of laws)
          if (!TUNABLE.includes(law)) throw new UsageError(`law ${law}: there are ${TUNABLE.join(', ')}`);
        const cases = openSplit('train', { data }).filter(
          ({ traffic }) => length === 'all' || traffic.includes(`/${length}-`),
        );
        // A path that cannot be written must fail before hours of playing.
        if (out !== undefined) writeFileSync(out, '', { flag: 'a' });
        const swept = await withPlayers({ name: 'tune', ...options }, (playAll) =>
          sweep({ laws, cases, windows, trials, prices, seeds: upTo(seeds), seed, settings, playAll }),
        );
        const made = {
          matrix: loadMatrix().hash,
          length,
          settings,
          windows: Math.min(windows, cases.length),
          trials,
          seeds,
          seed,
        };
        if (out !== undefined) writeFileSync(out, formatSweep({ ...made, prices, laws: swept }));
        process.stdout.write(table(swept));
      } catch (error) {
        if (!isUsersError(error)) throw error;
        command.error(`error: ${error.message}`, { exitCode: EXIT_USAGE });
      }
    });
}

function upTo(count: number): readonly number[] {
  return Array.from({ length: Math.max(1, count) }, (_, i) => i + 1);
}

function table(laws: readonly LawSweep[]): string {
  const text = new Table({
    head: ['law', 'price', 'cost', 'misses %', 'cost + price x misses', 'setting'],
    style: { head: [], border: [], compact: true },
  });
  for (const { law, chosen } of laws)
    for (const [price, { policy, cost, missRate, objective }] of Object.entries(chosen))
      text.push([
        law,
        price,
        cost.toFixed(2),
        (100 * missRate).toFixed(2),
        objective.toFixed(2),
        policy === law ? "its authors'" : policy.slice(law.length + 1),
      ]);
  return `${text.toString()}\nmeans over training sources; figures of what was chosen are flattered by the choice\n`;
}
