import { Command, InvalidArgumentError } from '@commander-js/extra-typings';
import cliProgress from 'cli-progress';
import Table from 'cli-table3';
import { DEFAULT_TRAFFIC, familyCase, traceCase } from '../../evaluation/default-cases.js';
import { type EvaluationCase, evaluate, TrafficError } from '../../evaluation/evaluate.js';
import { renderScoreboard } from '../../evaluation/render-scoreboard.js';
import { computeScoreboard } from '../../evaluation/scoreboard.js';
import { loadReplicaKind } from '../../kisim/replica-kind.js';
import { TraceError } from '../../kisim/traffic/csv-rows.js';
import { RATE_FAMILY_NAMES, type RateFamilyName } from '../../kisim/traffic/families.js';
import type { Policy } from '../../policies/policy.js';
import { isLearned, POLICY_NAMES, readPolicy } from '../../policies/registry.js';
import { policyList } from '../option-parsers.js';

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

/** `kiscaler evaluate`: the scoreboard. Rows go to stdout with `--json`, the table otherwise; progress goes to stderr. */
export function evaluateCommand(loadLearned: () => Promise<Policy | undefined>) {
  return new Command('evaluate')
    .description('Play policies against each other on the same traffic and print what each costs and misses.')
    .option('--traffic <names...>', `traffic files (docs/traffic.md) or families: ${RATE_FAMILY_NAMES.join(', ')}`, [
      ...DEFAULT_TRAFFIC,
    ])
    .option('--policies <names>', `comma-separated: ${POLICY_NAMES}`, policyList, DEFAULT_POLICIES)
    .option('--prices <list>', 'prices of a miss, comma-separated', numbers, [30])
    .option('--seeds <n>', 'seeds per traffic', (text) => numbers(text)[0] as number, 3)
    .option('--profile <name>', 'GPU x model profile, by name or file', 'demo-small')
    .option('--reference <policy>', 'policy that wins and losses are counted against', 'planner')
    .option('--json', 'print one JSON row per run')
    .action(async (options, command) => {
      try {
        const cases = openCases(options.traffic, options.profile);
        const policies = await findPolicies(options.policies, loadLearned);
        const seeds = Array.from({ length: options.seeds }, (_, i) => i + 1);
        const bar = createBar();
        const rows = await evaluate({
          cases,
          policies,
          prices: options.prices,
          seeds,
          onRun: (_, done, total) => bar.at(done, total),
        });
        bar.stop();
        if (options.json) for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
        else process.stdout.write(table(computeScoreboard(rows, options.reference)));
      } catch (error) {
        if (!isUsersError(error)) throw error;
        command.error(`error: ${error.message}`, { exitCode: EXIT_USAGE });
      }
    });
}

class UsageError extends Error {}

/** A bad option, or a trace that is not there or not a trace. */
function isUsersError(error: unknown): error is Error {
  if (error instanceof UsageError) return true;
  if (!(error instanceof TrafficError)) return false;
  return error.cause instanceof TraceError || (error.cause instanceof Error && 'syscall' in error.cause);
}

function openCases(traffic: readonly string[], profile: string): readonly EvaluationCase[] {
  const kind = loadReplicaKind(profile);
  if (!kind.ok) throw new UsageError(kind.error);
  return traffic.map((name) => {
    if (RATE_FAMILY_NAMES.includes(name as RateFamilyName)) return familyCase(name as RateFamilyName, kind.value);
    if (!/[./]/.test(name))
      throw new UsageError(`traffic ${name}: there are ${RATE_FAMILY_NAMES.join(', ')}, or give a file`);
    return traceCase(name, kind.value);
  });
}

async function findPolicies(
  names: readonly string[],
  loadLearned: () => Promise<Policy | undefined>,
): Promise<readonly Policy[]> {
  const learned = names.some(isLearned) ? await loadLearned() : undefined;
  return names.map((name) => {
    const policy = readPolicy(name, learned);
    if (!policy.ok) throw new UsageError(policy.error);
    return policy.value;
  });
}

function table(scores: ReturnType<typeof computeScoreboard>): string {
  const { head, rows } = renderScoreboard(scores);
  const text = new Table({ head: [...head], style: { head: [], border: [] } });
  text.push(...rows.map((row) => [...row]));
  return `${text.toString()}\nmeans over traffics with 95 % bootstrap intervals; cost 1 is a fleet that is always exactly full\n`;
}

function createBar(): { at: (done: number, total: number) => void; stop: () => void } {
  if (!process.stderr.isTTY) return { at: () => {}, stop: () => {} };
  const bar = new cliProgress.SingleBar({
    format: '{bar} {value}/{total} runs | {eta_formatted} left',
    stream: process.stderr,
  });
  let isStarted = false;
  return {
    at: (done, total) => {
      if (!isStarted) bar.start(total, 0);
      isStarted = true;
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}

function numbers(text: string): number[] {
  const values = text.split(',').map(Number);
  if (values.some((value) => !(value >= 1 && value <= 1000)))
    throw new InvalidArgumentError('must be numbers from 1 to 1000.');
  return values;
}
