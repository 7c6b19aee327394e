import type { Clock } from '../base/clock.js';
import type { Seconds } from '../base/units.js';
import { decide } from '../decision/decide.js';
import type { Decision, Proposal, Refusal } from '../decision/decision.js';
import { type Grid, tickAt, type Window } from '../decision/window.js';
import type { Workload } from '../decision/workload.js';
import type { Policy, PolicyInput } from '../policies/policy.js';
import type { SignalSource } from '../signals/signal-source.js';
import { ScalerError } from './errors.js';

/** Told of every decision and refusal, once per workload and tick; `because` of failures that no decision shows. */
export interface DecisionRecorder {
  onDecision(workload: Workload, decision: Decision, window: Window): void;
  onRefusal(workload: Workload, refusal: Refusal): void;
  onFailure(what: string, cause: unknown): void;
}

export interface DecisionServiceOptions {
  readonly clock: Clock;
  readonly grid: Grid;
  readonly source: SignalSource;
  /** Run side by side for every workload; must hold the planner. */
  readonly policies: readonly Policy[];
  /** Any other policy that a workload may name. */
  readonly findPolicy: (name: string) => Policy | undefined;
  readonly recorder: DecisionRecorder;
  /** The kill switch: when it answers a name, every workload is decided by that policy. */
  readonly policyOverride?: () => string | undefined;
  readonly maxWorkloads?: number;
  /** Seconds after a tick at which the windows are read, so that all replicas read after the scrape. */
  readonly offset?: Seconds;
}

interface Entry {
  readonly workload: Workload;
  outcome: Decision | Refusal | undefined;
  lastAskedAt: Seconds;
  first: Promise<void> | undefined;
  readonly listeners: Set<(outcome: Decision | Refusal) => void>;
}

const FIRST_ANSWER: Seconds = 0.7;
const FORGET_AFTER: Seconds = 600;
const MAX_WORKLOADS = 10_000;

/**
 * Decides every known workload once a tick in the background and answers from memory. A workload is known from its first
 * call on, which alone may wait (700 ms of this clock), and forgotten ten minutes after its last.
 */
export class DecisionService {
  readonly #options: DecisionServiceOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #stop = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(options: DecisionServiceOptions) {
    this.#options = options;
  }

  get workloads(): readonly Workload[] {
    return [...this.#entries.values()].map(({ workload }) => workload);
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  /** The newest decision of a workload; a ScalerError where there is none to be had. */
  async decisionFor(key: string, workload: Workload): Promise<Decision> {
    const entry = this.#entryFor(key, workload);
    if (!entry.outcome) await this.#awaitFirst(entry);
    const { outcome } = entry;
    if (!outcome) throw new ScalerError('KIS_STARTING');
    if (outcome.kind === 'refusal') throw new ScalerError(outcome.code);
    return outcome;
  }

  /** Calls back on every later outcome of a workload until the returned function is called. */
  subscribe(key: string, workload: Workload, listener: (outcome: Decision | Refusal) => void): () => void {
    const entry = this.#entryFor(key, workload);
    entry.listeners.add(listener);
    if (entry.outcome) listener(entry.outcome);
    else void this.#awaitFirst(entry);
    return () => entry.listeners.delete(listener);
  }

  /** Reads, proposes and decides for `entries` at `tick`: one batch per policy, whatever the number of workloads. */
  async #decideAll(entries: readonly Entry[], tick: Seconds): Promise<void> {
    const read = await Promise.all(entries.map((entry) => this.#read(entry, tick)));
    const seen = read.filter((one) => one !== undefined);
    const proposals = await this.#propose(seen.map(({ entry, window }) => ({ workload: entry.workload, window })));
    for (const [i, { entry, workload, window }] of seen.entries()) {
      this.#settle(entry, decide(workload, window, proposals[i] ?? []), window);
    }
  }

  async #read(entry: Entry, tick: Seconds): Promise<{ entry: Entry; workload: Workload; window: Window } | undefined> {
    const override = this.#options.policyOverride?.();
    const workload = override === undefined ? entry.workload : { ...entry.workload, policy: override };
    try {
      const result = await this.#options.source.read(entry.workload, tick, this.#stop.signal);
      if (result.ok) return { entry, workload, window: result.value };
      this.#settle(entry, { kind: 'refusal', tick, code: result.error[0]?.code ?? 'KIS_METRICS_DOWN' });
    } catch (cause) {
      this.#options.recorder.onFailure('reading signals', cause);
      this.#settle(entry, { kind: 'refusal', tick, code: 'KIS_METRICS_DOWN' });
    }
    return undefined;
  }

  /** Every policy's proposal for every input; one that throws has failed for this tick, and the planner is still there. */
  async #propose(batch: readonly PolicyInput[]): Promise<readonly (readonly Proposal[])[]> {
    if (batch.length === 0) return [];
    const byPolicy = await Promise.all(
      this.#policiesFor(batch).map(async (policy): Promise<readonly Proposal[]> => {
        try {
          return await policy.propose(batch);
        } catch (cause) {
          this.#options.recorder.onFailure(`policy ${policy.name}`, cause);
          return batch.map(() => ({ policy: policy.name, ok: false, because: 'KIS_MODEL_INVALID' }));
        }
      }),
    );
    return batch.map((_, i) => byPolicy.map((proposals) => proposals[i]).filter((proposal) => proposal !== undefined));
  }

  #policiesFor(batch: readonly PolicyInput[]): readonly Policy[] {
    const { policies, findPolicy } = this.#options;
    const names = new Set(batch.map(({ workload }) => workload.policy));
    for (const { name } of policies) names.delete(name);
    return [...policies, ...[...names].map(findPolicy).filter((policy) => policy !== undefined)];
  }

  #settle(entry: Entry, outcome: Decision | Refusal, window?: Window): void {
    const isLate = entry.outcome !== undefined && outcome.tick < entry.outcome.tick;
    if (isLate) return;
    entry.outcome = outcome;
    const { recorder } = this.#options;
    if (outcome.kind === 'refusal') recorder.onRefusal(entry.workload, outcome);
    else if (window) recorder.onDecision(entry.workload, outcome, window);
    for (const listener of entry.listeners) listener(outcome);
  }

  #entryFor(key: string, workload: Workload): Entry {
    const now = this.#options.clock.monotonic();
    const known = this.#entries.get(key);
    if (known) {
      known.lastAskedAt = now;
      return known;
    }
    if (this.#entries.size >= (this.#options.maxWorkloads ?? MAX_WORKLOADS)) throw new ScalerError('KIS_OVERLOADED');
    const entry: Entry = { workload, outcome: undefined, lastAskedAt: now, first: undefined, listeners: new Set() };
    this.#entries.set(key, entry);
    return entry;
  }

  async #awaitFirst(entry: Entry): Promise<void> {
    const { clock, grid } = this.#options;
    entry.first ??= this.#decideAll([entry], tickAt(clock.now(), grid.interval)).finally(() => {
      entry.first = undefined;
    });
    const patience = new AbortController();
    await Promise.race([entry.first, clock.sleep(FIRST_ANSWER, patience.signal)]);
    patience.abort();
  }

  async #run(): Promise<void> {
    const { clock, grid, offset = 0 } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const next = tickAt(clock.now() - offset, grid.interval) + grid.interval;
      await clock.sleep(next + offset - clock.now(), signal);
      if (signal.aborted) return;
      this.#forgetIdle();
      const decided = this.#decideAll([...this.#entries.values()], tickAt(clock.now(), grid.interval)).catch((cause) =>
        this.#options.recorder.onFailure('deciding', cause),
      );
      // A source that hangs must not take the next tick with it.
      const patience = new AbortController();
      await Promise.race([decided, clock.sleep(grid.interval, AbortSignal.any([signal, patience.signal]))]);
      patience.abort();
    }
  }

  #forgetIdle(): void {
    const oldest = this.#options.clock.monotonic() - FORGET_AFTER;
    for (const [key, { lastAskedAt, listeners }] of this.#entries) {
      if (lastAskedAt < oldest && listeners.size === 0) this.#entries.delete(key);
    }
  }
}
