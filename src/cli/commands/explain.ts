import { Command } from '@commander-js/extra-typings';
import { parseDuration } from '../../base/numbers.js';
import type { Seconds } from '../../base/units.js';
import { describeExplanation } from '../../decision/describe-explanation.js';
import type { Explanation } from '../../decision/explain-decision.js';
import type { LearnedPolicy } from '../../policies/policy.js';
import { createServedPolicies, POLICY_NAMES } from '../../policies/registry.js';
import { galleryNames } from '../../scenarios/read-scenario.js';
import { explainLive, readWorkloads } from '../explain/explain-live.js';
import { explainTick } from '../explain/explain-scenario.js';
import { httpUrl, tick, wholeNumber } from '../option-parsers.js';
import { type Case, listCases } from '../simulate/cases.js';
import { isUsersError, UsageError } from '../simulate/usage-error.js';

const EXIT_USAGE = 2;

const EXAMPLES = `
Examples:
  kiscaler explain spike --at 10m --policy planner
  kiscaler explain scaledobject.yaml --prometheus-url http://prometheus:9090 --json

Exit codes: 0 explained, 1 failed, 2 wrong usage or input, or nothing was decided there.`;

interface ExplainOptions {
  readonly at?: string | undefined;
  readonly policy?: string | undefined;
  readonly seed?: number | undefined;
  readonly prometheusUrl?: string | undefined;
  readonly prometheusTokenFile?: string | undefined;
  readonly tick?: Seconds | undefined;
  readonly json?: true | undefined;
}

/**
 * `kiscaler explain`: one decision with what drove it, what the guards made of it, what other laws would have done, and the
 * nearest change of one input that would have given another count. Exit codes: 0 explained, 2 bad input or no decision.
 */
export function explainCommand(loadLearned: () => Promise<LearnedPolicy | undefined> = async () => undefined) {
  return new Command('explain')
    .description('Explain one decision: of a tick of a scenario, or of a live workload as its Prometheus shows it now.')
    .argument(
      '<what>',
      `a scenario file or one of ${galleryNames().join(', ')}; with --prometheus-url a ScaledObject's YAML`,
    )
    .option('--at <time>', 'of a scenario: which tick, like 600s or 25m; between two ticks the earlier one')
    .option('--policy <name>', `who decides: ${POLICY_NAMES} (default: the scenario's, the trigger's)`)
    .option('--seed <n>', 'seed of every random stream of a scenario', wholeNumber)
    .option(
      '--prometheus-url <url>',
      'explain the live workloads of a ScaledObject, read from this Prometheus',
      httpUrl,
    )
    .option('--prometheus-token-file <file>', 'file with the bearer token that it asks for')
    .option('--tick <duration>', "the server's tick, from 1s to 300s (default: 15s); its lag must be one tick", tick)
    .option('--json', 'print JSON instead of lines')
    .addHelpText('after', EXAMPLES)
    .action(async (what, options, command) => {
      try {
        const explanations = await explainAll(what, options, loadLearned);
        process.stdout.write(
          options.json
            ? `${JSON.stringify(explanations.length === 1 ? explanations[0] : explanations, undefined, 2)}\n`
            : explanations.map((one) => render(one, options.prometheusUrl !== undefined)).join('\n'),
        );
      } catch (error) {
        if (!isUsersError(error)) throw error;
        command.error(`error: ${error.message}`, { exitCode: EXIT_USAGE });
      }
    });
}

async function explainAll(
  what: string,
  options: ExplainOptions,
  loadLearned: () => Promise<LearnedPolicy | undefined>,
): Promise<readonly Explanation[]> {
  const learned = await loadLearned();
  const policies = createServedPolicies(learned);
  const { at, policy, seed, prometheusUrl, prometheusTokenFile, tick } = options;
  if (prometheusUrl === undefined) {
    if (prometheusTokenFile !== undefined || tick !== undefined)
      throw new UsageError('--prometheus-token-file and --tick: must be absent without --prometheus-url');
    if (at === undefined)
      throw new UsageError(
        "--at: must be a time within the scenario, like 600s or 25m; with --prometheus-url a ScaledObject's present is told",
      );
    const given = { policy: policy === undefined ? undefined : [policy], seed, guards: true };
    const [one] = await listCases(what, given, async () => learned);
    return [await explainTick(one as Case, readTime(at), [...policies.values()])];
  }
  if (at !== undefined || seed !== undefined)
    throw new UsageError('--at and --seed: must be absent with --prometheus-url, which tells the present');
  const workloads = readWorkloads(what, policy);
  return Promise.all(
    workloads.map((workload) => explainLive(workload, { prometheusUrl, prometheusTokenFile, tick }, policies)),
  );
}

function readTime(text: string): Seconds {
  const parsed = parseDuration(text);
  if (!parsed.ok) throw new UsageError(`--at: must be a time within the scenario, like 600s or 25m, found ${text}`);
  return parsed.value;
}

/** Ticks are seconds of the scenario, or of the wall where they are `live`. */
function render(explanation: Explanation, isLive: boolean): string {
  const { namespace, name, tick } = explanation;
  const when = isLive ? `${namespace}/${name} at ${new Date(1000 * tick).toISOString()}` : `tick ${tick} s`;
  const lines = describeExplanation(explanation).map(([about, text]) => `${about.padEnd(9)} ${text}`);
  return [when, ...lines, ''].join('\n');
}
