import { Command } from '@commander-js/extra-typings';
import type { LearnedPolicy } from '../../policies/policy.js';
import { POLICY_NAMES } from '../../policies/registry.js';
import { galleryNames } from '../../scenarios/read-scenario.js';
import { commandLine } from '../command-line.js';
import { wholeNumber } from '../option-parsers.js';
import { chooseMode, nameOf } from '../simulate/mode.js';
import { MODES } from '../simulate/modes.js';
import { simulate } from '../simulate/play.js';
import { renderRuns } from '../simulate/table.js';
import { isUsersError, UsageError } from '../simulate/usage-error.js';

const EXIT_USAGE = 2;

const EXAMPLES = `
Examples:
  kiscaler simulate spike --policy planner --policy hpa --html report.html
  kiscaler simulate my.yaml --requests-out requests.csv
  kiscaler simulate --list
  kiscaler simulate --check my.yaml

Exit codes: 0 done, 1 failed, 2 wrong usage, scenario, trace or profile. docs/scenarios.md explains the file key by key.`;

/**
 * `kiscaler simulate`: plays scenarios in KISim. `loadLearned` brings the policy of the shipped model, where there is one.
 * Exit codes: 0 played, 2 a bad scenario, trace, profile or option.
 */
export function simulateCommand(loadLearned: () => Promise<LearnedPolicy | undefined> = async () => undefined) {
  const simulation = new Command('simulate')
    .description('Play a scenario in the simulator and print what it costs and how many requests miss their objective.')
    .argument('[scenario]', `a scenario file, or one of ${galleryNames().join(', ')} (default: spike)`)
    .optionsGroup('What is played:')
    .option('--traffic <files...>', "traffic files (docs/traffic.md) instead of the scenario's traffic, one run each")
    .option('--policy <name>', `who decides: ${POLICY_NAMES}; may be repeated (default: the scenario's)`, collect)
    .option('--profile <name>', 'GPU x model profile, by name or file')
    .option('--seed <n>', 'seed of every random stream', wholeNumber)
    .option('--replicas-min <n>', 'minReplicaCount', wholeNumber)
    .option('--replicas-max <n>', 'maxReplicaCount', wholeNumber)
    .option('--duration <time>', 'how long, like 90s or 24h')
    .option('--no-guards', 'let the policy through uncorrected')
    .optionsGroup('What is written:')
    .option('--requests-out <file>', 'one CSV row per request: arrival_s, ttft_s, tpot_s, latency_s, outcome and more')
    .option('--ticks-out <file>', 'one CSV row per tick: pods by phase, every signal, the answer and its reasons')
    .option('--html <file>', 'a report with charts that opens from disk, policies side by side')
    .option('--json', 'print JSON instead of a table')
    .addHelpText('after', EXAMPLES)
    .action(async (scenario, options, command) => {
      try {
        const given = command.options.filter((one) => command.getOptionValueSource(one.attributeName()) === 'cli');
        const mode = chooseMode(MODES, given);
        if (mode) {
          if (scenario !== undefined) throw new UsageError(`scenario ${scenario}: has no meaning with ${nameOf(mode)}`);
          return await mode.run(options);
        }
        const results = await simulate(scenario, options, loadLearned, undefined, commandLine());
        process.stdout.write(options.json ? `${JSON.stringify(results, undefined, 2)}\n` : renderRuns(results));
      } catch (error) {
        if (!isUsersError(error)) throw error;
        command.error(`error: ${error.message}`, { exitCode: EXIT_USAGE });
      }
    });
  for (const { heading, options } of MODES)
    for (const option of options) simulation.addOption(option.helpGroup(heading));
  return simulation;
}

function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}
