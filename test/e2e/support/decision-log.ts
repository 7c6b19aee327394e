import { setTimeout as wait } from 'node:timers/promises';
import type { Kiscaler } from './kiscaler.js';
import { keysOf } from './many-fleets.js';
import type { Scene } from './scene.js';

const LOOK_EVERY_MS = 250;

/** Metrics of kiscaler's own that are compared before and after. */
const COUNTED = ['kiscaler_decisions_total', 'kiscaler_rpc_seconds_bucket', 'kiscaler_rpc_seconds_count'];
const READS = ['kiscaler_prom_request_seconds_sum', 'kiscaler_prom_request_seconds_count'];
/** Seconds that an answer to KEDA may take; a bound of the histogram. */
const QUICK = '0.01';
/** What the second door's own answers are counted as: they are ours. */
const DOOR = 'HttpDecision';

/** What one process did while it was watched. */
export interface DecisionCounts {
  /** Seconds after each tick until its decisions were there, in order of ticks. */
  readonly delays: readonly number[];
  readonly decisions: number;
  readonly refusals: number;
  readonly answers: number;
  /** Answers within ten milliseconds. */
  readonly quick: number;
  /** Answers that were errors. */
  readonly errors: number;
  /** Queries of Prometheus, and the seconds that one took on average. */
  readonly queries: number;
  readonly querySeconds: number;
}

/** Watches when a process has decided each tick: all workloads of a tick are settled at once, so one is asked for. */
export class DecisionLog {
  /** What was decided for the one, by tick. */
  readonly values = new Map<number, number>();
  readonly #delays = new Map<number, number>();
  readonly #kiscaler: Kiscaler;
  readonly #stop = new AbortController();
  readonly #looking: Promise<void>;
  readonly #before: Promise<Totals>;

  constructor(scene: Scene, kiscaler: Kiscaler, name: string) {
    this.#kiscaler = kiscaler;
    this.#before = totals(kiscaler);
    this.#looking = this.#look(scene.namespace, name);
    scene.after(() => this.#stop.abort());
  }

  async close(): Promise<DecisionCounts> {
    const [before, after] = [await this.#before, await totals(this.#kiscaler)];
    this.#stop.abort();
    await this.#looking;
    const grown = (key: keyof Totals): number => after[key] - before[key];
    return {
      // The first was there before anybody looked.
      delays: [...this.#delays.values()].slice(1),
      decisions: grown('decisions'),
      refusals: grown('refusals'),
      answers: grown('answers'),
      quick: grown('quick'),
      errors: grown('errors'),
      queries: grown('queries'),
      querySeconds: grown('querySeconds') / grown('queries'),
    };
  }

  async #look(namespace: string, name: string): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const decision = await this.#kiscaler.decision(namespace, name, keysOf(name)).catch(() => undefined);
      if (decision && !this.#delays.has(decision.tick)) {
        this.#delays.set(decision.tick, Date.now() / 1000 - decision.tick);
        this.values.set(decision.tick, decision.value);
      }
      await wait(LOOK_EVERY_MS);
    }
  }
}

type Totals = Readonly<
  Record<'decisions' | 'refusals' | 'answers' | 'quick' | 'errors' | 'queries' | 'querySeconds', number>
>;

async function totals(kiscaler: Kiscaler): Promise<Totals> {
  const samples = await kiscaler.samples(...COUNTED, ...READS);
  const sum = (name: string, fits: (labels: (typeof samples)[number]['labels']) => boolean = () => true): number =>
    samples.filter((one) => one.name === name && fits(one.labels)).reduce((total, { value }) => total + value, 0);
  return {
    decisions: sum('kiscaler_decisions_total', ({ source }) => source !== 'refusal'),
    refusals: sum('kiscaler_decisions_total', ({ source }) => source === 'refusal'),
    answers: sum('kiscaler_rpc_seconds_count', ({ method }) => method !== DOOR),
    quick: sum('kiscaler_rpc_seconds_bucket', ({ le, method }) => le === QUICK && method !== DOOR),
    errors: sum('kiscaler_rpc_seconds_count', ({ code, method }) => code !== 'OK' && method !== DOOR),
    queries: sum('kiscaler_prom_request_seconds_count'),
    querySeconds: sum('kiscaler_prom_request_seconds_sum'),
  };
}
