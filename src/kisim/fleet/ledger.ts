import type { Requests, Seconds, Tokens } from '../../base/units.js';
import { LogHistogram } from '../log-histogram.js';
import type { Outcome, RequestRecord } from '../replica/request.js';
import { COUNTED, MISSED, type RequestTable } from './request-table.js';

/** How a request ended, as its engine saw it; NaN where it never came that far. */
export interface Ending {
  readonly outcome: Outcome;
  readonly at: Seconds;
  readonly scheduledAt: Seconds;
  readonly preemptions: number;
}

/**
 * The books of a run: every counted request is entered once when it arrives and once when it ends, and misses at most once.
 * Requests that arrive before `countFrom` are served and not counted.
 */
export class Ledger {
  readonly #requests: RequestTable;
  readonly #countFrom: Seconds;
  readonly #onRequest: ((record: RequestRecord) => void) | undefined;
  readonly outcomes: Record<Outcome, Requests> = {
    completed: 0,
    'timed-out': 0,
    rejected: 0,
    lost: 0,
    unfinished: 0,
  };
  readonly ttft = new LogHistogram();
  /** Of completed requests with at least two output tokens. */
  readonly tpot = new LogHistogram();
  readonly e2e = new LogHistogram();
  injected: Requests = 0;
  misses: Requests = 0;
  /** Attempts after the first of each request. */
  retries = 0;
  /** Of the requests that have ended. */
  inputTokens: Tokens = 0;
  outputTokens: Tokens = 0;
  preemptions = 0;
  inFlight: Requests = 0;

  constructor(requests: RequestTable, countFrom: Seconds, onRequest?: (record: RequestRecord) => void) {
    this.#requests = requests;
    this.#countFrom = countFrom;
    this.#onRequest = onRequest;
  }

  /** Flags of a request that arrives at `arrival`. */
  arrive(arrival: Seconds): number {
    if (arrival < this.#countFrom) return 0;
    this.injected++;
    this.inFlight++;
    return COUNTED;
  }

  /** Latencies to the first token are those of first attempts: a request that needed another one has missed anyhow. */
  firstToken(slot: number, ttft: Seconds): void {
    if (this.#isCounted(slot) && this.#requests.attempts[slot] === 1) this.ttft.add(ttft);
  }

  /** The client of a request tries again. */
  retry(slot: number): void {
    const { attempts } = this.#requests;
    attempts[slot] = (attempts[slot] as number) + 1;
    if (this.#isCounted(slot)) this.retries++;
  }

  /** The request is certain to miss its objective, or has missed it; later calls for it change nothing. */
  miss(slot: number): void {
    const flags = this.#requests.flags[slot] as number;
    if (flags & MISSED) return;
    this.#requests.flags[slot] = flags | MISSED;
    if (flags & COUNTED) this.misses++;
  }

  end(slot: number, ending: Ending): void {
    if (ending.outcome !== 'completed') this.miss(slot);
    if (!this.#isCounted(slot)) return;
    this.inFlight--;
    this.outcomes[ending.outcome]++;
    this.preemptions += ending.preemptions;
    const arrival = this.#requests.arrival[slot] as number;
    const inputTokens = this.#requests.inputTokens[slot] as number;
    const outputTokens = this.#requests.outputTokens[slot] as number;
    const firstTokenAt = this.#requests.firstTokenAt[slot] as number;
    this.inputTokens += inputTokens;
    this.outputTokens += outputTokens;
    if (ending.outcome === 'completed') {
      this.e2e.add(ending.at - arrival);
      if (outputTokens >= 2) this.tpot.add((ending.at - firstTokenAt) / (outputTokens - 1));
    }
    this.#onRequest?.({
      arrival,
      inputTokens,
      outputTokens,
      scheduledAt: ending.scheduledAt,
      firstTokenAt,
      finishedAt: ending.at,
      preemptions: ending.preemptions,
      outcome: ending.outcome,
      attempts: this.#requests.attempts[slot] as number,
    });
  }

  #isCounted(slot: number): boolean {
    return ((this.#requests.flags[slot] as number) & COUNTED) !== 0;
  }
}
