import type { Decision, Proposal, ProposalFailure, Refusal } from './decision.js';
import { findDriver } from './driving-quantile.js';
import { explain } from './explanation.js';
import type { Forecast } from './forecast.js';
import { assessFreshness } from './freshness.js';
import { applyGuards, GUARDS, type Guard } from './guards.js';
import { situationOf } from './situation.js';
import { type Window, withoutIllegalSamples } from './window.js';
import type { Workload } from './workload.js';

/** The analytic rule's name; it answers where the workload's own policy cannot. */
export const PLANNER = 'planner';

type Chosen = {
  readonly replicas: number;
  readonly source: Decision['source'];
  readonly because?: ProposalFailure;
  readonly forecast?: Forecast;
};

/**
 * The decision of one tick: picks the workload's own proposal, or the planner's where that failed, and lets the guards correct
 * it. Simulator, trainer, replay and server call this very function.
 *
 * Pure: equal arguments give equal results. `proposals` must hold the planner's. The result is an integer in
 * [minReplicas, maxReplicas]; on degraded metrics never below the current count; a refusal when nothing trustworthy is known.
 */
export function decide(
  workload: Workload,
  seen: Window,
  proposals: readonly Proposal[],
  guards: readonly Guard[] = GUARDS,
): Decision | Refusal {
  const window = withoutIllegalSamples(seen);
  const freshness = assessFreshness(window);
  if (freshness.kind === 'refused') return { kind: 'refusal', tick: window.tick, code: freshness.code };
  const chosen = choose(workload.policy, proposals);
  if (!chosen) return { kind: 'refusal', tick: window.tick, code: 'KIS_METRICS_EMPTY' };
  const situation = situationOf(workload, window);
  const { replicas, corrections } = applyGuards(chosen.replicas, { situation, freshness }, guards);
  const { currentReplicas } = situation;
  const because = chosen.because === undefined ? {} : { because: chosen.because };
  const driver = chosen.forecast ? { driver: findDriver(situation, chosen.forecast) } : {};
  return {
    kind: 'decision',
    tick: window.tick,
    replicas,
    currentReplicas,
    source: chosen.source,
    ...because,
    proposals,
    ...driver,
    corrections,
    sentence: explain({ situation, freshness, replicas, corrections, ...because, ...driver }),
  };
}

function choose(policy: string, proposals: readonly Proposal[]): Chosen | undefined {
  const own = proposals.find((proposal) => proposal.policy === policy);
  if (own && isUsable(own)) {
    // A law with settings of its own reads its forecast at other levels.
    const forecast = own.forecast && !own.policy.includes(':') ? { forecast: own.forecast } : {};
    return { replicas: Math.ceil(own.replicas), source: policy === PLANNER ? 'planner' : 'policy', ...forecast };
  }
  const planner = proposals.find((proposal) => proposal.policy === PLANNER);
  if (!planner || !isUsable(planner)) return undefined;
  return { replicas: Math.ceil(planner.replicas), source: 'planner', because: failureOf(own) };
}

function isUsable(proposal: Proposal): proposal is Proposal & { ok: true } {
  return proposal.ok && Number.isFinite(proposal.replicas) && proposal.replicas >= 0;
}

function failureOf(proposal: Proposal | undefined): ProposalFailure {
  if (!proposal) return 'KIS_MODEL_MISSING';
  return proposal.ok ? 'KIS_MODEL_NOT_FINITE' : proposal.because;
}
