import { setMaxListeners } from 'node:events';
import type { Clock } from '../base/clock.js';
import { groupBy } from '../base/group-by.js';
import type { Seconds } from '../base/units.js';
import { PLANNER } from '../decision/decide.js';
import type { DecisionInput } from '../decision/decide-all.js';
import type { Decision, Refusal } from '../decision/decision.js';
import { decideLike, type Explanation, explainDecision } from '../decision/explain-decision.js';
import { type Grid, tickAt, type Window } from '../decision/window.js';
import type { Workload } from '../decision/workload.js';
import type { Policy } from '../policies/policy.js';
import { type Decider, decideTick, type Outcome, type TickResult } from './decide-tick.js';
import { ScalerError } from './errors.js';

/** Told of every decision and refusal, once per workload and tick; `because` of failures that no decision shows. */
export interface DecisionRecorder {
  onDecision(workload: Workload, decision: Decision, window: Window): void;
  onRefusal(workload: Workload, refusal: Refusal): void;
  onFailure(what: string, cause: unknown): void;
  /** Nobody has asked for this scaled object for a while. */
  onForgotten?(workload: Workload): void;
}

export interface DecisionServiceOptions extends Omit<Decider, 'onFailure'> {
  readonly clock: Clock;
  readonly grid: Grid;
  readonly recorder: DecisionRecorder;
  readonly maxWorkloads?: number;
  /** Seconds after a tick at which the windows are read: timers may fire early, and the tick must have come by then. */
  readonly offset?: Seconds;
}

interface Entry {
  readonly workload: Workload;
  readonly createdAt: Seconds;
  lastAskedAt: Seconds;
  outcome: Outcome | undefined;
  /** What the outcome was decided on, where it is a decision. */
  input: DecisionInput | undefined;
  decidedAt: Seconds;
  /** Counts on with every outcome of anybody: the smallest has waited longest. */
  turn: number;
  /** The newest round that had something to say; wall clocks jump, so ticks do not tell what is newer. */
  round: number;
  first: Promise<void> | undefined;
  readonly listeners: Set<(decision: Decision) => void>;
}

/** All times below are of the monotonic clock. */
const FIRST_ANSWER: Seconds = 0.7;
/** Half a second of a tick of 15 s. */
const OFFSET_SHARE = 1 / 30;
const FORGET_AFTER: Seconds = 600;
/** Ticks after which a decision says nothing any more, like a window's samples: an error is then the right way to hold. */
const MAX_AGE_TICKS = 12;
/** Share of a tick after which reading ends, so that a source that hangs never holds up the next tick. */
const READ_SHARE = 0.8;
const MAX_WORKLOADS = 10_000;
/** One namespace cannot take more than this share of the places. */
const NAMESPACE_SHARE = 0.25;

/** Where answers come from: the newest decision of a workload, once or as it changes. */
export type Decisions = Pick<DecisionService, 'decisionFor' | 'subscribe'>;

/** Where it is said why they are what they are. */
export type Explanations = Pick<DecisionService, 'explanationsOf'>;

/**
 * Decides every known workload once a tick in the background and answers from memory. A workload is known from its first
 * call on, which alone may wait (700 ms), and forgotten ten minutes after its last.
 */
export class DecisionService {
  readonly #options: DecisionServiceOptions;
  readonly #decider: Decider;
  readonly #entries = new Map<string, Entry>();
  readonly #perNamespace = new Map<string, number>();
  readonly #stop = new AbortController();
  readonly #explanations = new WeakMap<Decision, Promise<Explanation>>();
  #rounds = 0;
  #turns = 0;
  #loop: Promise<void> | undefined;

  constructor(options: DecisionServiceOptions) {
    this.#options = options;
    // As many listeners as reads under way; Node takes more than ten for a leak.
    setMaxListeners(0, this.#stop.signal);
    this.#decider = { ...options, onFailure: (what, cause) => options.recorder.onFailure(what, cause) };
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
    return this.#newestOf(entry);
  }

  /**
   * The newest decisions under a scaled object's name, explained: one for each set of trigger keys that somebody asks with, the
   * one that was asked for last first; none where nobody asks. A few milliseconds of computing each, at most once a tick; reads
   * nothing, and asking does not keep a workload from being forgotten.
   * @throws ScalerError where all there is are refusals
   */
  async explanationsOf(namespace: string, name: string): Promise<readonly Explanation[]> {
    const entries = [...this.#entries.values()]
      .filter(({ workload }) => workload.namespace === namespace && workload.name === name)
      .sort((a, b) => b.lastAskedAt - a.lastAskedAt);
    const decided = entries.filter(({ outcome }) => outcome?.kind === 'decision');
    const told = decided.length > 0 ? decided : entries.slice(0, 1);
    return Promise.all(told.map((entry) => this.#explain(this.#newestOf(entry), entry.input)));
  }

  #explain(decision: Decision, input: DecisionInput | undefined): Promise<Explanation> {
    const known = this.#explanations.get(decision);
    if (known) return known;
    if (!input) throw new ScalerError('KIS_STARTING');
    const { policies, findPolicy } = this.#options;
    const find = (name: string): Policy | undefined => policies.find((one) => one.name === name);
    const planner = find(PLANNER);
    if (!planner) throw new RangeError('policies must hold the planner');
    const own = find(input.workload.policy) ?? findPolicy(input.workload.policy);
    const explanation = explainDecision(input, decision, decideLike(decision, own, planner));
    this.#explanations.set(decision, explanation);
    return explanation;
  }

  /** @throws ScalerError where the newest outcome is no decision, or too old a one */
  #newestOf({ outcome, decidedAt }: Entry): Decision {
    if (!outcome) throw new ScalerError('KIS_STARTING');
    if (outcome.kind === 'bug') throw new ScalerError('KIS_BUG');
    if (outcome.kind === 'refusal') throw new ScalerError(outcome.code);
    const { clock, grid } = this.#options;
    if (clock.monotonic() - decidedAt > MAX_AGE_TICKS * grid.interval) throw new ScalerError('KIS_METRICS_STALE');
    return outcome;
  }

  /** Calls back with the present decision and every later one of a workload until the returned function is called. */
  subscribe(key: string, workload: Workload, listener: (decision: Decision) => void): () => void {
    const entry = this.#entryFor(key, workload);
    entry.listeners.add(listener);
    if (entry.outcome?.kind === 'decision') listener(entry.outcome);
    else if (!entry.outcome) void this.#decideFirst(entry);
    return () => {
      entry.listeners.delete(listener);
      entry.lastAskedAt = this.#options.clock.monotonic();
    };
  }

  #entryFor(key: string, workload: Workload): Entry {
    const now = this.#options.clock.monotonic();
    const known = this.#entries.get(key);
    if (known) {
      known.lastAskedAt = now;
      return known;
    }
    const places = this.#options.maxWorkloads ?? MAX_WORKLOADS;
    const inNamespace = this.#perNamespace.get(workload.namespace) ?? 0;
    if (this.#entries.size >= places || inNamespace >= Math.ceil(places * NAMESPACE_SHARE)) {
      throw new ScalerError('KIS_OVERLOADED');
    }
    this.#perNamespace.set(workload.namespace, inNamespace + 1);
    const entry: Entry = {
      workload,
      createdAt: now,
      lastAskedAt: now,
      outcome: undefined,
      input: undefined,
      decidedAt: now,
      turn: ++this.#turns,
      round: 0,
      first: undefined,
      listeners: new Set(),
    };
    this.#entries.set(key, entry);
    return entry;
  }

  async #awaitFirst(entry: Entry): Promise<void> {
    const { clock } = this.#options;
    const left = FIRST_ANSWER - (clock.monotonic() - entry.createdAt);
    const first = this.#decideFirst(entry);
    if (left <= 0) return;
    const done = new AbortController();
    await Promise.race([first, clock.sleep(left, done.signal)]);
    done.abort();
  }

  /** Single flight: whoever asks meanwhile joins. */
  #decideFirst(entry: Entry): Promise<void> {
    entry.first ??= this.#decide([entry]).finally(() => {
      entry.first = undefined;
    });
    return entry.first;
  }

  async #run(): Promise<void> {
    const { clock, grid, offset = OFFSET_SHARE * grid.interval } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const next = tickAt(clock.now() - offset, grid.interval) + grid.interval;
      await clock.sleep(next + offset - clock.now(), signal);
      if (signal.aborted) return;
      this.#forgetIdle();
      // Who was left out by a backend that is too slow comes first, so that nobody is left out for ever.
      const waiting = [...this.#entries.values()].sort((a, b) => a.turn - b.turn);
      // Backends apart, so that one that hangs costs the others nothing.
      const groups = groupBy(waiting, ({ workload }) => workload.backend);
      await Promise.all([...groups.values()].map((entries) => this.#decide(entries)));
    }
  }

  async #decide(entries: readonly Entry[]): Promise<void> {
    const { clock, grid, recorder } = this.#options;
    const round = ++this.#rounds;
    const tick = tickAt(clock.now(), grid.interval);
    const limit = new AbortController();
    setMaxListeners(0, limit.signal);
    const end = (): void => limit.abort();
    this.#stop.signal.addEventListener('abort', end);
    const done = new AbortController();
    void clock.sleep(READ_SHARE * grid.interval, done.signal).then(end);
    try {
      const workloads = entries.map(({ workload }) => workload);
      const results = await decideTick(this.#decider, workloads, tick, limit.signal);
      for (const [i, entry] of entries.entries()) this.#settle(entry, results[i] ?? {}, round, tick);
    } catch (cause) {
      recorder.onFailure('a tick', cause);
    } finally {
      done.abort();
      this.#stop.signal.removeEventListener('abort', end);
    }
  }

  #settle(entry: Entry, { outcome: made, input }: TickResult, round: number, tick: Seconds): void {
    const isLate = round < entry.round;
    // Not read in time: an earlier decision stands until it is too old.
    if (isLate || (!made && entry.outcome)) return;
    const outcome: Outcome = made ?? { kind: 'refusal', tick, code: 'KIS_METRICS_SLOW' };
    entry.outcome = outcome;
    entry.input = outcome.kind === 'decision' ? input : undefined;
    entry.decidedAt = this.#options.clock.monotonic();
    entry.turn = ++this.#turns;
    entry.round = round;
    const { recorder } = this.#options;
    if (outcome.kind === 'refusal') recorder.onRefusal(entry.workload, outcome);
    if (outcome.kind !== 'decision' || !input) return;
    recorder.onDecision(entry.workload, outcome, input.window);
    for (const listener of entry.listeners) listener(outcome);
  }

  #forgetIdle(): void {
    const oldest = this.#options.clock.monotonic() - FORGET_AFTER;
    const idle = [...this.#entries].filter(
      ([, { lastAskedAt, listeners }]) => lastAskedAt < oldest && listeners.size === 0,
    );
    if (idle.length === 0) return;
    for (const [key, { workload }] of idle) {
      this.#entries.delete(key);
      const left = (this.#perNamespace.get(workload.namespace) ?? 1) - 1;
      if (left > 0) this.#perNamespace.set(workload.namespace, left);
      else this.#perNamespace.delete(workload.namespace);
    }
    // The same scaled object may live on under other metadata.
    const alive = new Set(this.workloads.map(fullName));
    for (const [, { workload }] of idle) {
      if (!alive.has(fullName(workload))) this.#options.recorder.onForgotten?.(workload);
    }
  }
}

function fullName({ namespace, name }: Workload): string {
  return `${namespace}/${name}`;
}
