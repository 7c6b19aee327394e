import type { Seconds } from '../../base/units.js';
import { decideWith } from '../../decision/decide-all.js';
import { REFUSALS, type Refusal } from '../../decision/decision.js';
import { type Explanation, explainDecision } from '../../decision/explain-decision.js';
import { GUARDS, type Guard } from '../../decision/guards.js';
import { SIGNAL_NAMES, SIGNALS } from '../../decision/signal.js';
import { latest, tickAt, type Window } from '../../decision/window.js';
import type { Workload } from '../../decision/workload.js';
import { createPlanner } from '../../policies/planner.js';
import type { Policy } from '../../policies/policy.js';
import { createProposer } from '../../scenarios/drive.js';
import { controlOf } from '../../scenarios/policy-control.js';
import { openScenario } from '../../scenarios/run-scenario.js';
import type { Case } from '../simulate/cases.js';
import { UsageError } from '../simulate/usage-error.js';

/** Plays a case up to a tick and explains what was decided there. `others` are asked what they would have done. */
export async function explainTick(one: Case, at: Seconds, others: readonly Policy[]): Promise<Explanation> {
  const control = controlOf(one.policy.name);
  const guards = control.guards ?? one.scenario.guards;
  const { run, duration } = openScenario({ ...one, ...(control.behavior ? { behavior: control.behavior } : {}) });
  const { interval } = run.grid;
  const last = tickAt(at, interval);
  if (last < interval || at > duration)
    throw new UsageError(`--at: must be from ${interval}s to ${duration}s, the scenario's duration, found ${at}s`);
  const propose = createProposer(run.workload, { policy: one.policy, guards });
  for (let tick = interval; tick < last; tick += interval) {
    run.advanceTo(tick);
    run.answer((await propose(run.window(tick))).metricTotal);
  }
  run.advanceTo(last);
  const workload = { ...run.workload, policy: one.policy.name };
  return explainWindow({
    workload,
    window: run.window(last),
    policy: one.policy,
    others,
    guards: guards === true ? GUARDS : guards || [],
  });
}

export interface ExplainWindowOptions {
  readonly workload: Workload;
  readonly window: Window;
  /** The workload's own policy. */
  readonly policy: Policy;
  readonly others: readonly Policy[];
  readonly guards: readonly Guard[];
}

/** Decides a window with everybody's proposals, and explains it. Throws UsageError where the decision is a refusal. */
export async function explainWindow(options: ExplainWindowOptions): Promise<Explanation> {
  const { workload, window, policy, others, guards } = options;
  const planner = createPlanner();
  const own = policy.name === planner.name ? [policy] : [policy, planner];
  const all = [...own, ...others.filter(({ name }) => !own.some((one) => one.name === name))];
  const [decision] = await decideWith(all, { guards })([{ workload, window }]);
  if (decision?.kind !== 'decision')
    throw new UsageError(`${workload.namespace}/${workload.name}: nothing is decided (${describe(decision, window)})`);
  return explainDecision({ workload, window }, decision, decideWith([policy], { guards, fallback: planner }));
}

/** The code of a refusal, what it means, and the signals that are not there. */
function describe(refusal: Refusal | undefined, window: Window): string {
  const code = refusal?.code ?? 'KIS_METRICS_EMPTY';
  const absent = SIGNAL_NAMES.filter((name) => SIGNALS[name].required && !latest(window, name));
  return [`${code}: ${REFUSALS[code]}`, ...(absent.length === 0 ? [] : [absent.join(', ')])].join(': ');
}
