/**
 * `npm run bench:explain [-- --json]`: processor time of one explanation with its search for the nearest change, over the ticks of
 * two scenarios, for the learned policy and for the planner: median and 99th percentile of the shortest of five. The goal is 5 ms.
 */

import { quantileSorted } from '../../src/base/statistics.js';
import { loadLearned } from '../../src/cli/learned.js';
import { decideWith } from '../../src/decision/decide-all.js';
import { explainDecision } from '../../src/decision/explain-decision.js';
import type { Window } from '../../src/decision/window.js';
import type { Workload } from '../../src/decision/workload.js';
import { loadReplicaKind } from '../../src/kisim/replica-kind.js';
import { createPlanner } from '../../src/policies/planner.js';
import type { Policy } from '../../src/policies/policy.js';
import { createServedPolicies } from '../../src/policies/registry.js';
import { readScenario } from '../../src/scenarios/read-scenario.js';
import { runScenario, workloadOf } from '../../src/scenarios/run-scenario.js';

const SCENARIOS = ['spike', 'daily'];
/** Ticks of each, spread over it. */
const TICKS = 150;
/** Each explanation is made so often; the shortest counts, which the garbage collector and other work disturb least. */
const REPEATS = 5;
const GOAL_MS = 5;
const isJson = process.argv.includes('--json');

interface Asked {
  readonly workload: Workload;
  readonly window: Window;
}

async function ticksOf(name: string, policy: Policy): Promise<readonly Asked[]> {
  const scenario = readScenario(name);
  if (!scenario.ok) throw new Error(scenario.error);
  const kind = loadReplicaKind(scenario.value.profile);
  if (!kind.ok) throw new Error(kind.error);
  const workload = { ...workloadOf(scenario.value, kind.value), policy: policy.name };
  const all: Asked[] = [];
  await runScenario({
    scenario: { ...scenario.value, duration: 7200 },
    kind: kind.value,
    policy,
    onTick: ({ window }) => void all.push({ workload, window }),
  });
  const every = Math.max(1, Math.floor(all.length / TICKS));
  return all.filter((_, i) => i % every === 0);
}

/** Milliseconds of processor time of each explanation, rivals asked beforehand as the server asks them. */
async function timeExplanations(policy: Policy, asked: readonly Asked[], others: readonly Policy[]) {
  const planner = createPlanner();
  const own = policy.name === planner.name ? [policy] : [policy, planner];
  const all = [...own, ...others.filter(({ name }) => !own.some((one) => one.name === name))];
  const times: number[] = [];
  for (const input of [...asked.slice(0, 50), ...asked]) {
    const [decision] = await decideWith(all)([input]);
    if (decision?.kind !== 'decision') continue;
    times.push(
      Math.min(...(await repeat(() => explainDecision(input, decision, decideWith([policy], { fallback: planner }))))),
    );
  }
  // The first ones warm the machine up.
  return Float64Array.from(times.slice(50)).sort();
}

/** Milliseconds of processor time of each of REPEATS calls. */
async function repeat(work: () => Promise<unknown>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < REPEATS; i++) {
    const begin = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(begin);
    times.push((user + system) / 1000);
  }
  return times;
}

const learned = await loadLearned();
const served = [...createServedPolicies(learned).values()];
const rows = [];
for (const policy of [createPlanner(), ...(learned ? [learned] : [])]) {
  const asked = (await Promise.all(SCENARIOS.map((name) => ticksOf(name, policy)))).flat();
  const times = await timeExplanations(policy, asked, served);
  const [median, p99] = [0.5, 0.99].map((q) => quantileSorted(times, q));
  rows.push({ policy: policy.name, explanations: times.length, medianMs: median, p99Ms: p99, goalMs: GOAL_MS });
}
if (isJson) process.stdout.write(`${JSON.stringify(rows)}\n`);
else
  for (const { policy, explanations, medianMs = Number.NaN, p99Ms = Number.NaN } of rows)
    process.stdout.write(
      `${policy.padEnd(8)} median ${medianMs.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms (${explanations} explanations, goal ${GOAL_MS} ms)\n`,
    );
