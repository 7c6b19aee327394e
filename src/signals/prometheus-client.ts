import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosInstance, isAxiosError } from 'axios';
import type { Clock } from '../base/clock.js';
import { err, type Result } from '../base/result.js';
import type { Seconds } from '../base/units.js';
import type { RefusalCode } from '../decision/decision.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { parseMatrix, parseVector, type QueryResult } from './response.js';

export interface PrometheusClientOptions {
  /** From the operator's configuration, never from a tenant. */
  readonly baseUrl: string;
  readonly clock: Clock;
  /** Bearer token, read anew for each request so that a rotated file is seen. */
  readonly readToken?: () => string;
  readonly deadline?: Seconds;
}

const DEADLINE: Seconds = 10;
const MAX_BODY_BYTES = 1024 * 1024;
const MAX_SOCKETS = 16;

/** Statuses worth one more try inside the same deadline. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

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
    const body = await this.#get('/api/v1/query', { query, time: formatTime(at) }, signal);
    return body.ok ? parseVector(body.value) : body;
  }

  /** Evaluates at start, start + step, ... up to end, both included. */
  async queryRange(
    query: string,
    range: { readonly start: Seconds; readonly end: Seconds; readonly step: Seconds },
    signal?: AbortSignal,
  ): Promise<Result<QueryResult, RefusalCode>> {
    const parameters = {
      query,
      start: formatTime(range.start),
      end: formatTime(range.end),
      step: formatTime(range.step),
    };
    const body = await this.#get('/api/v1/query_range', parameters, signal);
    return body.ok ? parseMatrix(body.value) : body;
  }

  close(): void {
    for (const agent of [this.#http.defaults.httpAgent, this.#http.defaults.httpsAgent]) (agent as HttpAgent).destroy();
  }

  async #get(
    path: string,
    parameters: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<Result<unknown, RefusalCode>> {
    if (this.#breaker.isOpen) return err('KIS_METRICS_DOWN');
    // `timeout` of axios does not bound a body that drips; the signal does.
    const deadline = AbortSignal.timeout((this.#options.deadline ?? DEADLINE) * 1000);
    const limit = signal ? AbortSignal.any([deadline, signal]) : deadline;
    let result = await this.#getOnce(path, parameters, limit);
    if (!result.ok && result.error === 'retry') result = await this.#getOnce(path, parameters, limit);
    if (result.ok) {
      this.#breaker.onSuccess();
      return result;
    }
    if (!signal?.aborted) this.#breaker.onFailure();
    return err(result.error === 'retry' ? 'KIS_METRICS_DOWN' : result.error);
  }

  async #getOnce(
    path: string,
    params: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Result<unknown, RefusalCode | 'retry'>> {
    const token = this.#options.readToken?.();
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    try {
      const response = await this.#http.get<unknown>(path, { params, signal, headers });
      if (response.status === 200) return { ok: true, value: response.data };
      return err(RETRYABLE.has(response.status) ? 'retry' : 'KIS_METRICS_DOWN');
    } catch (cause) {
      return err(translate(cause, signal));
    }
  }
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
