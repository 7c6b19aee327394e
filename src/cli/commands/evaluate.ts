import { Command } from '@commander-js/extra-typings';
import Table from 'cli-table3';
import { BOUND_NAMES, BOUNDS, playBounds } from '../../evaluation/bounds/bounds.js';
import { AT_MAXIMUM } from '../../evaluation/fronts/unavoidable.js';
import type { WindowLength } from '../../evaluation/matrix/matrix.js';
import { planRuns } from '../../evaluation/planned-run.js';
import { renderScoreboard } from '../../evaluation/render-scoreboard.js';
import type { EvaluationRow } from '../../evaluation/row.js';
import type { Score } from '../../evaluation/scoreboard.js';
import { RATE_FAMILY_NAMES } from '../../kisim/traffic/families.js';
import { POLICY_NAMES } from '../../policies/registry.js';
import { commandLine } from '../command-line.js';
import { checkPolicies } from '../evaluate/check-policies.js';
import { formatFronts, renderFronts } from '../evaluate/front-table.js';
import { DATA_OPTION, describeMatrix, drawnMatrix, SPLIT_OPTION, WINDOWS_OPTION } from '../evaluate/matrix-options.js';
import { openCases } from '../evaluate/open-cases.js';
import { planPolicies } from '../evaluate/plan-policies.js';
import { withPlayers } from '../evaluate/play-all.js';
import { RESUME_OPTION, WORKERS_OPTION } from '../evaluate/run-options.js';
import { scoreboardSections } from '../evaluate/scoreboard-sections.js';
import { isUsersError } from '../evaluate/users-error.js';
import type { loadLearned } from '../learned.js';
import { integer, numberList, policyList } from '../option-parsers.js';
import { type OutputFile, openOutputFile } from '../output-file.js';
import { UsageError } from '../simulate/usage-error.js';

const EXIT_USAGE = 2;
const DEFAULT_POLICIES: readonly string[] = [
  'learned',
  'planner',
  'hpa',
  'keda-queue',
  'llm-d-queue',
  'kpa',
  'static-6',
  'static-10',
];

const NOTES = `
--reference, and --compare, take laws, a+b for the better of several everywhere, and hindsight for the best of all hand-written
ones with every setting that is played; wins and losses at a price are counted against the first reference.

Rows do not depend on --workers. With --resume every finished run is kept, and a restart plays only what is missing; a file
holds for the scenarios, policies and model that it was made with, and other runs are played beside it.`;

const NOTE = `pooled within each trace, mean of traces with 95 % bootstrap intervals; cost 1 is a fleet that is always exactly full;
closed: how much of the distance from the best hand-written law to the clairvoyant (--bounds)
`;

const names = (text: string): readonly string[] => text.split(',');

/** `kiscaler evaluate`: the scoreboard. Rows go to stdout with `--json`, the table otherwise; progress goes to stderr. */
export function evaluateCommand(load: typeof loadLearned) {
  return new Command('evaluate')
    .description('Play policies against each other on the same traffic and print what each costs and misses.')
    .option('--traffic <names...>', `traffic files (docs/traffic.md) or families: ${RATE_FAMILY_NAMES.join(', ')}`)
    .addOption(SPLIT_OPTION)
    .addOption(DATA_OPTION)
    .addOption(WINDOWS_OPTION)
    .option('--policies <names>', `comma-separated: ${POLICY_NAMES}`, policyList, DEFAULT_POLICIES)
    .option('--tuned <file>', 'also play what kiscaler tune chose for these laws, at each price')
    .option('--models <files>', 'also play learned policies of these files, comma-separated, as learned@1, ...', names)
    .option('--unguarded <laws>', 'also play these laws without our guards, as learned-unguarded, ...', names)
    .option('--prices <list>', 'prices of a miss, comma-separated', numberList, [30])
    .option('--seeds <n>', 'seeds per traffic, 1 to 1000', (text) => integer(text, 1000, 1), 3)
    .option('--profile <name>', 'GPU x model profile, by name or file (default: demo-small, or as the windows have it)')
    .option('--reference <names>', 'whom wins, losses and fronts are counted against', policyList, ['planner'])
    .addOption(RESUME_OPTION)
    .addOption(WORKERS_OPTION)
    .option('--bounds [names]', `also what knows the window: ${BOUND_NAMES.join(', ')} (default: all)`)
    .option('--fronts', 'also print costs at equal misses, over the settings and prices of each law')
    .option('--compare <names>', 'only these at equal misses (default: all that is played)', policyList)
    .option(
      '--episodes <n>',
      'separated episodes of misses that a comparison rests on',
      (text) => integer(text, 1000),
      30,
    )
    .option('--html <file>', 'write it all with charts as one HTML file that loads nothing')
    .option('--json', 'print one JSON row per run; with --fronts one per comparison')
    .option('--matrix', 'only print the hash of the matrix of judging, and what is in it')
    .option('--draw-matrix', 'only draw the matrix anew and print it, as its file has it')
    .addHelpText('after', NOTES)
    .action(async (options, command) => {
      let page: OutputFile | undefined;
      try {
        if (options.matrix || options.drawMatrix) {
          process.stdout.write(options.matrix ? describeMatrix() : drawnMatrix());
          return;
        }
        const model = await checkPolicies(options.policies, load);
        const { prices, json, fronts, html } = options;
        const cases = openCases(options);
        const seeds = Array.from({ length: options.seeds }, (_, i) => i + 1);
        const runs = planRuns({ cases, policies: await planPolicies(options, load), prices, seeds });
        // At equal misses, those that no policy could avoid do not count.
        const largest = planRuns({ cases, policies: [{ name: AT_MAXIMUM }], prices: prices.slice(0, 1), seeds });
        const bounds = boundsOf(options.bounds);
        // A path that cannot be written must fail before hours of playing.
        page = html === undefined ? undefined : openOutputFile(html);
        const isCompared = fronts || page;
        const [rows, atMaximum] = await withPlayers({ name: 'evaluate', model, ...options }, async (playAll) => {
          const played = [...(await playAll(runs)), ...(await playBounds(bounds, { cases, prices, seeds }, playAll))];
          return [played, isCompared ? await playAll(largest) : []];
        });
        reportSilent(cases, rows);
        const sections = scoreboardSections(rows, atMaximum, options);
        const print = (text: string): boolean => process.stdout.write(text);
        if (json && !fronts) for (const row of rows) print(`${JSON.stringify(row)}\n`);
        for (const { windows, scores, results } of sections) {
          if (!json) print(table(scores, windows));
          if (fronts) print(json ? formatFronts(results) : renderFronts(results));
        }
        if (page) {
          // Charts take half a second to load, which no other use of the command should pay.
          const { renderScoreboardPage } = await import('../../report/scoreboard-page.js');
          page.write(renderScoreboardPage({ command: commandLine(), sections }));
          page.finish();
        }
      } catch (error) {
        page?.discard();
        if (!isUsersError(error)) throw error;
        command.error(`error: ${error.message}`, { exitCode: EXIT_USAGE });
      }
    });
}

/** Says which traffic brought no request, hence no row. Throws UsageError when none brought any. */
function reportSilent(cases: readonly { readonly traffic: string }[], rows: readonly EvaluationRow[]): void {
  const heard = new Set(rows.map(({ traffic }) => traffic));
  const silent = new Set(cases.map(({ traffic }) => traffic).filter((traffic) => !heard.has(traffic)));
  if (silent.size === 0) return;
  const text = `not one request came of ${[...silent].join(', ')}: there is no load that a cost could be told of`;
  if (heard.size === 0) throw new UsageError(text);
  process.stderr.write(`kiscaler evaluate: ${text}\n`);
}

/** Throws UsageError for a name that is none. */
function boundsOf(names: string | true | undefined): typeof BOUNDS {
  if (names === undefined) return [];
  if (names === true) return BOUNDS;
  return names.split(',').map((name) => {
    const bound = BOUNDS.find((one) => one.name === name);
    if (!bound) throw new UsageError(`--bounds: there are ${BOUND_NAMES.join(', ')}, found ${name}`);
    return bound;
  });
}

function table(scores: readonly Score[], windows: WindowLength | undefined): string {
  const { head, rows } = renderScoreboard(scores);
  const text = new Table({ head: [...head], style: { head: [], border: [] } });
  text.push(...rows.map((row) => [...row]));
  return `${windows ? `${windows} windows\n` : ''}${text.toString()}\n${NOTE}`;
}
