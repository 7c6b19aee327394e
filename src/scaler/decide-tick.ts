import type { Clock } from '../base/clock.js';
import { mapLimited } from '../base/map-limited.js';
import type { Seconds } from '../base/units.js';
import { decide, PLANNER } from '../decision/decide.js';
import type { DecisionInput } from '../decision/decide-all.js';
import type { Decision, Proposal, Refusal } from '../decision/decision.js';
import type { Workload } from '../decision/workload.js';
import type { Policy, PolicyInput } from '../policies/policy.js';
import type { SignalSource } from '../signals/signal-source.js';

/** What decisions are made with; everything that can fail is behind one of these. */
export interface Decider {
  readonly clock: Clock;
  readonly source: SignalSource;
  /** Run side by side for every workload; must hold the planner. */
  readonly policies: readonly Policy[];
  /** Any other policy that a workload may name. */
  readonly findPolicy: (name: string) => Policy | undefined;
  /** The kill switch: when it answers a name, every workload is decided by that policy. */
  readonly policyOverride?: () => string | undefined;
  /** Told of failures that no decision shows. */
  readonly onFailure: (what: string, cause: unknown) => void;
}

/** `bug`: our own code threw, which says nothing about the workload. */
export type Outcome = Decision | Refusal | { readonly kind: 'bug'; readonly tick: Seconds };

/** What a tick came to for one workload; without an outcome its window was not there in time. */
export interface TickResult {
  readonly outcome?: Outcome;
  /** What was decided on: the workload under the policy that decides it, and its window. */
  readonly input?: DecisionInput;
}

/** Enough to keep a backend busy, and few: what is under way when a tick ends was read in vain. */
const READS_AT_ONCE = 8;
/** Workloads proposed for and decided in one go: about 9 ms of computing, after which calls are answered. */
const BATCH = 32;
/** Far above what a policy needs for ten thousand workloads; one that hangs must not take the planner with it. */
const PROPOSAL_LIMIT: Seconds = 3;

/**
 * Reads, proposes and decides for all `workloads` at `tick`, each policy in batches; results in the order asked. It never
 * rejects, and one workload's trouble stays its own. Windows that are not there when `limit` is aborted are left out.
 */
export async function decideTick(
  decider: Decider,
  workloads: readonly Workload[],
  tick: Seconds,
  limit: AbortSignal,
): Promise<readonly TickResult[]> {
  const override = decider.policyOverride?.();
  const results: TickResult[] = await mapLimited(workloads, READS_AT_ONCE, (workload) =>
    read(decider, workload, tick, limit),
  );
  const seen = results.flatMap(({ input }, i) => {
    if (!input) return [];
    const { workload, window } = input;
    return [{ i, input: override === undefined ? input : { workload: { ...workload, policy: override }, window } }];
  });
  for (let from = 0; from < seen.length; from += BATCH) {
    const batch = seen.slice(from, from + BATCH);
    const proposals = await propose(
      decider,
      batch.map(({ input }) => input),
    );
    for (const [k, { i, input }] of batch.entries()) {
      const outcome = decideOne(decider, input, proposals[k] ?? []);
      const isSwitched = override === PLANNER && outcome.kind === 'decision';
      results[i] = { outcome: isSwitched ? { ...outcome, because: 'KIS_KILL_SWITCH' } : outcome, input };
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return results;
}

async function read(
  { source, onFailure }: Decider,
  workload: Workload,
  tick: Seconds,
  limit: AbortSignal,
): Promise<TickResult> {
  try {
    const result = await untilAborted(source.read(workload, tick, limit), limit);
    if (!result) return {};
    if (result.ok) return { input: { workload, window: result.value } };
    return { outcome: { kind: 'refusal', tick, code: result.error[0]?.code ?? 'KIS_METRICS_DOWN' } };
  } catch (cause) {
    onFailure('reading signals', cause);
    return { outcome: { kind: 'refusal', tick, code: 'KIS_METRICS_DOWN' } };
  }
}

/** Every policy's proposal for every input; one that throws or hangs has failed for this tick, the others have not. */
async function propose(decider: Decider, batch: readonly PolicyInput[]): Promise<readonly (readonly Proposal[])[]> {
  if (batch.length === 0) return [];
  const byPolicy = await Promise.all(policiesFor(decider, batch).map((policy) => proposeWith(decider, policy, batch)));
  return batch.map((_, i) => byPolicy.map((proposals) => proposals[i]).filter((proposal) => proposal !== undefined));
}

async function proposeWith(
  { clock, onFailure }: Decider,
  policy: Policy,
  batch: readonly PolicyInput[],
): Promise<readonly Proposal[]> {
  const done = new AbortController();
  const late = clock.sleep(PROPOSAL_LIMIT, done.signal).then(() => undefined);
  try {
    const proposals = await Promise.race([policy.propose(batch), late]);
    return proposals ?? batch.map(() => ({ policy: policy.name, ok: false, because: 'KIS_MODEL_SLOW' }));
  } catch (cause) {
    onFailure(`policy ${policy.name}`, cause);
    return batch.map(() => ({ policy: policy.name, ok: false, because: 'KIS_MODEL_INVALID' }));
  } finally {
    done.abort();
  }
}

function policiesFor({ policies, findPolicy }: Decider, batch: readonly PolicyInput[]): readonly Policy[] {
  const names = new Set(batch.map(({ workload }) => workload.policy));
  for (const { name } of policies) names.delete(name);
  return [...policies, ...[...names].map(findPolicy).filter((policy) => policy !== undefined)];
}

function decideOne({ onFailure }: Decider, { workload, window }: PolicyInput, proposals: readonly Proposal[]): Outcome {
  try {
    return decide(workload, window, proposals);
  } catch (cause) {
    onFailure('deciding', cause);
    return { kind: 'bug', tick: window.tick };
  }
}

/** The promise's value, or undefined when the signal is aborted first. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const give = (): void => resolve(undefined);
    if (signal.aborted) give();
    signal.addEventListener('abort', give);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', give));
  });
}
