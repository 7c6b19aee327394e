import type { Seconds } from '../base/units.js';
import type { Proposal } from '../decision/decision.js';
import { GUARDS, type Guard } from '../decision/guards.js';
import { tickAt, type Window } from '../decision/window.js';
import type { Workload } from '../decision/workload.js';
import { createPlanner } from '../policies/planner.js';
import type { Policy } from '../policies/policy.js';
import { type Answer, answerGuarded, answerUnguarded } from './answer.js';
import type { FleetRun, ReplicaCounts, RunStatistics } from './fleet-run.js';

export interface DriveOptions {
  readonly policy: Policy;
  /** Whether our guards stand between the policy and the HPA, or which of them; rivals run without. */
  readonly guards: boolean | readonly Guard[];
  /** Seconds that traffic lasts. */
  readonly duration: Seconds;
  /** Seconds after that at the latest the run is cut off, if requests are still under way. */
  readonly patience: Seconds;
  readonly onTick?: TickListener;
}

/** One tick as it happened. */
export interface TickRecord {
  readonly tick: Seconds;
  readonly window: Window;
  readonly answer: Answer;
  readonly replicas: ReplicaCounts;
}

/** Told of every tick, once it was answered; `run` may be looked at, not moved. */
export type TickListener = (tick: TickRecord, run: Pick<FleetRun, 'pods' | 'totals' | 'held'>) => void;

export interface DriveResult {
  readonly statistics: RunStatistics;
  readonly ticks: number;
  /** Ticks at which the scaler answered with an error. */
  readonly refusals: number;
}

/**
 * Runs a fleet under a policy from tick to tick until its traffic is over and every request has ended: window, proposals,
 * decision, answer; KEDA and the HPA read the answer at their own times.
 */
export async function drive(run: FleetRun, options: DriveOptions): Promise<DriveResult> {
  const { interval } = run.grid;
  const propose = createProposer(run.workload, options);
  const last = options.duration + options.patience;
  let ticks = 0;
  let refusals = 0;
  for (let tick = tickAt(run.now, interval) + interval; ; tick += interval) {
    run.advanceTo(Math.min(tick, last));
    if ((run.now >= options.duration && run.isOver) || run.now >= last) break;
    const window = run.window(tick);
    const answer = await propose(window);
    run.answer(answer.metricTotal);
    ticks++;
    if (answer.metricTotal === undefined) refusals++;
    options.onTick?.({ tick, window, answer, replicas: run.replicas }, run);
  }
  return { statistics: run.finish(), ticks, refusals };
}

/** What the scaler answers for a window: the policy's proposal and, with guards, the planner's beside it. */
export function createProposer(
  declared: Workload,
  { policy, guards }: Pick<DriveOptions, 'policy' | 'guards'>,
): (window: Window) => Promise<Answer> {
  const workload = { ...declared, policy: policy.name };
  const ask = async (one: Policy, window: Window): Promise<Proposal | undefined> =>
    (await one.propose([{ workload, window }]))[0];
  if (guards === false) return async (window) => answerUnguarded(await ask(policy, window));
  const table = guards === true ? GUARDS : guards;
  const planner = policy.name === 'planner' ? undefined : createPlanner();
  return async (window) => {
    const proposals = [await ask(policy, window), planner && (await ask(planner, window))];
    return answerGuarded(
      workload,
      window,
      proposals.filter((proposal) => proposal !== undefined),
      table,
    );
  };
}
