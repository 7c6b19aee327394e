import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosInstance, isAxiosError } from 'axios';
import type { Clock } from '../base/clock.js';
import { err, ok, type Result } from '../base/result.js';
import type { Seconds } from '../base/units.js';
import type { RefusalCode } from '../decision/decision.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { PART, unionOf } from './promql.js';
import { parseMatrices, parseMatrix, parseVector, parseVectors, type QueryResult } from './response.js';

export interface PrometheusClientOptions {
  /** From the operator's configuration, never from a tenant. */
  readonly baseUrl: string;
  readonly clock: Clock;
  /** Bearer token, read anew for each request so that a rotated file is seen. */
  readonly readToken?: () => string;
  readonly deadline?: Seconds;
}

/** Evaluated at start, start + step, ... up to end, both included. */
export interface QueryRange {
  readonly start: Seconds;
  readonly end: Seconds;
  readonly step: Seconds;
}

/** What windows are read through. */
export type PrometheusQueries = Pick<PrometheusClient, 'queryInstant' | 'queryRange' | 'queryTogether'>;

const DEADLINE: Seconds = 10;
const MAX_BODY_BYTES = 1024 * 1024;
const MAX_SOCKETS = 16;

/** Statuses worth one more try inside the same deadline. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/** What a server that is there says to a request that it does not take, or whose answer is no answer to it. */
const REFUSING: ReadonlySet<string> = new Set(['refused', 'KIS_METRICS_MALFORMED', 'KIS_METRICS_OVERSIZE']);

/**
 * Prometheus' HTTP API, read only. Every call ends within its deadline, follows no redirect, reads at most 1 MiB and answers a
 * coded error; nothing of an upstream body leaves it.
 */
export class PrometheusClient {
  readonly #http: AxiosInstance;
  readonly #breaker: CircuitBreaker;
  readonly #options: PrometheusClientOptions;

  constructor(options: PrometheusClientOptions) {
    this.#options = options;
    this.#breaker = new CircuitBreaker(options.clock);
    this.#http = axios.create({
      baseURL: options.baseUrl,
      allowAbsoluteUrls: false,
      maxRedirects: 0,
      maxContentLength: MAX_BODY_BYTES,
      proxy: false,
      validateStatus: () => true,
      transitional: { silentJSONParsing: false },
      responseType: 'json',
      httpAgent: new HttpAgent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
      httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
    });
  }

  /** @param at evaluation time, Unix seconds */
  async queryInstant(query: string, at: Seconds, signal?: AbortSignal): Promise<Result<QueryResult, RefusalCode>> {
    const body = await this.#ask('GET', instantOf(query, at), signal);
    return body.ok ? parseVector(body.value) : body;
  }

  async queryRange(query: string, range: QueryRange, signal?: AbortSignal): Promise<Result<QueryResult, RefusalCode>> {
    const body = await this.#ask('GET', rangeOf(query, range), signal);
    return body.ok ? parseMatrix(body.value) : body;
  }

  /**
   * Several queries of at most one series without labels each, in one request; a name whose query found nothing has no samples. The
   * union is too long for many a proxy's limit on addresses, so it is posted. `refused`: the server is there and takes no such
   * request, or one of the queries fails in it, and only asking for each by itself tells which.
   */
  async queryTogether(
    queries: ReadonlyMap<string, string>,
    range: QueryRange,
    signal?: AbortSignal,
  ): Promise<Result<ReadonlyMap<string, QueryResult>, RefusalCode | 'refused'>> {
    const isInstant = range.start === range.end;
    const union = unionOf(queries);
    const body = await this.#ask('POST', isInstant ? instantOf(union, range.end) : rangeOf(union, range), signal);
    if (!body.ok) return body;
    const answer = isInstant ? parseVectors(body.value) : parseMatrices(body.value);
    if (!answer.ok) return err('refused');
    const { series, isPartial } = answer.value;
    const found = new Map(series.map((one) => [one.labels[PART] ?? '', one]));
    if (found.size < series.length || series.some(({ labels }) => Object.keys(labels).length > 1))
      return err('refused');
    return ok(
      new Map([...queries.keys()].map((name) => [name, found.get(name) ?? { samples: [], labels: {}, isPartial }])),
    );
  }

  close(): void {
    for (const agent of [this.#http.defaults.httpAgent, this.#http.defaults.httpsAgent]) (agent as HttpAgent).destroy();
  }

  async #ask(method: 'GET', call: Call, signal?: AbortSignal): Promise<Result<unknown, RefusalCode>>;
  async #ask(method: 'POST', call: Call, signal?: AbortSignal): Promise<Result<unknown, RefusalCode | 'refused'>>;
  async #ask(
    method: 'GET' | 'POST',
    call: Call,
    signal?: AbortSignal,
  ): Promise<Result<unknown, RefusalCode | 'refused'>> {
    if (this.#breaker.isOpen) return err('KIS_METRICS_DOWN');
    // `timeout` of axios does not bound a body that drips; the signal does.
    const deadline = AbortSignal.timeout((this.#options.deadline ?? DEADLINE) * 1000);
    const limit = signal ? AbortSignal.any([deadline, signal]) : deadline;
    let result = await this.#askOnce(method, call, limit);
    if (!result.ok && result.error === 'retry') result = await this.#askOnce(method, call, limit);
    if (result.ok) {
      this.#breaker.onSuccess();
      return result;
    }
    // Who refuses what was posted may well answer what is asked for plainly.
    if (method === 'POST' && REFUSING.has(result.error)) return err('refused');
    if (!signal?.aborted) this.#breaker.onFailure();
    return err(result.error === 'retry' || result.error === 'refused' ? 'KIS_METRICS_DOWN' : result.error);
  }

  async #askOnce(
    method: 'GET' | 'POST',
    { path, parameters }: Call,
    signal: AbortSignal,
  ): Promise<Result<unknown, RefusalCode | 'refused' | 'retry'>> {
    const token = this.#options.readToken?.();
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const carried = method === 'GET' ? { params: parameters } : { data: new URLSearchParams(parameters) };
    try {
      const response = await this.#http.request<unknown>({ method, url: path, ...carried, signal, headers });
      if (response.status === 200) return { ok: true, value: response.data };
      return err(RETRYABLE.has(response.status) ? 'retry' : 'refused');
    } catch (cause) {
      return err(translate(cause, signal));
    }
  }
}

interface Call {
  readonly path: string;
  readonly parameters: Record<string, string>;
}

function instantOf(query: string, at: Seconds): Call {
  return { path: '/api/v1/query', parameters: { query, time: formatTime(at) } };
}

function rangeOf(query: string, { start, end, step }: QueryRange): Call {
  const parameters = { query, start: formatTime(start), end: formatTime(end), step: formatTime(step) };
  return { path: '/api/v1/query_range', parameters };
}

function translate(cause: unknown, signal: AbortSignal): RefusalCode {
  if (signal.aborted) return 'KIS_METRICS_SLOW';
  if (cause instanceof SyntaxError) return 'KIS_METRICS_MALFORMED';
  if (!isAxiosError(cause)) return 'KIS_METRICS_DOWN';
  if (cause.message.includes('maxContentLength')) return 'KIS_METRICS_OVERSIZE';
  return cause.cause instanceof SyntaxError || cause.code === 'ERR_BAD_RESPONSE'
    ? 'KIS_METRICS_MALFORMED'
    : 'KIS_METRICS_DOWN';
}

/** Milliseconds are as fine as Prometheus' own timestamps. */
function formatTime(seconds: Seconds): string {
  return seconds.toFixed(3);
}
