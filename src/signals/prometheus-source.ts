import { groupBy } from '../base/group-by.js';
import { mapLimited } from '../base/map-limited.js';
import { err, ok, type Result } from '../base/result.js';
import type { Seconds } from '../base/units.js';
import type { RefusalCode } from '../decision/decision.js';
import { SIGNALS, type SignalName } from '../decision/signal.js';
import type { Grid, Window } from '../decision/window.js';
import type { Workload } from '../decision/workload.js';
import type { PrometheusQueries, QueryRange } from './prometheus-client.js';
import { buildQueries, targetQuery } from './queries.js';
import type { QueryResult } from './response.js';
import { SampleStore } from './sample-window.js';
import type { Missing, SignalSource } from './signal-source.js';

export interface PrometheusSourceOptions {
  /** By backend name; a workload without a known backend is not readable. */
  readonly clients: ReadonlyMap<string, PrometheusQueries>;
  readonly grid: Grid;
}

interface Followed {
  readonly store: SampleStore;
  /** The newest instant that each signal was answered for, be it by nothing. */
  readonly readTo: Map<SignalName, Seconds>;
  /** The scaled Deployment and when its name was last asked for. */
  deployment: string | undefined;
  resolvedAt: Seconds;
  /** Until then nothing is asked for together: the backend refused that. */
  aloneUntil: Seconds;
}

type Queries = ReadonlyMap<SignalName, string>;
type Read = Result<QueryResult, RefusalCode>;

const CONCURRENCY = 8;
/** Who refused a union is asked for one again this often. */
const ALONE_FOR: Seconds = 600;
/** The target of an HPA rarely changes; it is asked for again this often. */
const RESOLVE_EVERY: Seconds = 600;
const REMEMBERED = 10_000;
/** After these a tick is asked for again with the next one; other errors would only come again. */
const UNANSWERED: ReadonlySet<RefusalCode> = new Set(['KIS_METRICS_DOWN', 'KIS_METRICS_SLOW']);

/**
 * Windows from Prometheus. A signal that is read for the first time fills the window by a range query, after ticks that it was
 * not answered for it fills those; every later tick is followed by an instant query. Both evaluate at the same instants of the grid, so
 * they give the same window, and a restarted process sees what the old one saw. Signals that are asked for over the same instants
 * share a query, but for those that look far back by themselves; where the backend refuses that, each has its own.
 */
export class PrometheusSource implements SignalSource {
  readonly #options: PrometheusSourceOptions;
  readonly #followed = new Map<string, Followed>();

  constructor(options: PrometheusSourceOptions) {
    this.#options = options;
  }

  async read(workload: Workload, tick: Seconds, signal?: AbortSignal): Promise<Result<Window, readonly Missing[]>> {
    const { grid, clients } = this.#options;
    const client = clients.get(workload.backend);
    if (!client) return err([{ code: 'KIS_METRICS_DOWN' }]);
    const at = tick - grid.lag;
    const followed = this.#follow(workload);
    const deployment = await this.#resolveDeployment(followed, workload, at, client, signal);
    if (!deployment.ok) return this.#withGap(followed, tick, [{ code: deployment.error }]);
    const queries = Object.entries(
      buildQueries({ workload, deployment: deployment.value, interval: grid.interval }),
    ) as [SignalName, string][];
    // By the first instant that is missing; what looks back by itself is asked for one only, alone.
    const groups = groupBy(queries, ([name]) =>
      SIGNALS[name].depth === 'latest' ? name : oldestUnread(followed.readTo.get(name), at, grid),
    );
    const missing: Missing[] = [];
    await mapLimited([...groups], CONCURRENCY, async ([key, group]) => {
      const range = { start: typeof key === 'number' ? key : at, end: at, step: grid.interval };
      const reads = await readGroup(client, new Map(group), { range, followed, signal });
      for (const [name, read] of reads) {
        if (read.ok || !UNANSWERED.has(read.error)) followed.readTo.set(name, at);
        missing.push(...keep(followed.store, name, read));
      }
    });
    const isUnreadable = missing.length === queries.length;
    if (isUnreadable) return this.#withGap(followed, tick, missing);
    followed.store.advance(at);
    return ok(followed.store.window(tick));
  }

  /** A tick that could not be read stays a gap; as long as there are samples before it, they are the window. */
  #withGap({ store }: Followed, tick: Seconds, missing: readonly Missing[]): Result<Window, readonly Missing[]> {
    return store.newest === Number.NEGATIVE_INFINITY ? err(missing) : ok(store.window(tick));
  }

  async #resolveDeployment(
    followed: Followed,
    workload: Workload,
    at: Seconds,
    client: PrometheusQueries,
    signal?: AbortSignal,
  ): Promise<Result<string, RefusalCode>> {
    if (workload.target) return ok(workload.target.name);
    if (followed.deployment !== undefined && at < followed.resolvedAt + RESOLVE_EVERY) return ok(followed.deployment);
    const read = await client.queryInstant(targetQuery(workload), at, signal);
    if (!read.ok) return followed.deployment === undefined ? read : ok(followed.deployment);
    const { scaletargetref_kind: kind, scaletargetref_name: name } = read.value.labels;
    if (kind !== 'Deployment' || name === undefined) return err('KIS_METRICS_EMPTY');
    followed.deployment = name;
    followed.resolvedAt = at;
    return ok(name);
  }

  #follow(workload: Workload): Followed {
    const key = JSON.stringify(workload);
    const known = this.#followed.get(key);
    if (known) return known;
    const oldest = this.#followed.keys().next();
    if (this.#followed.size >= REMEMBERED && !oldest.done) this.#followed.delete(oldest.value);
    const followed: Followed = {
      store: new SampleStore(this.#options.grid),
      readTo: new Map(),
      aloneUntil: Number.NEGATIVE_INFINITY,
      deployment: undefined,
      resolvedAt: Number.NEGATIVE_INFINITY,
    };
    this.#followed.set(key, followed);
    return followed;
  }
}

interface GroupRead {
  readonly range: QueryRange;
  readonly followed: Followed;
  readonly signal: AbortSignal | undefined;
}

/** What every query came to: together if there are several and the backend takes that, else one by one. */
async function readGroup(
  client: PrometheusQueries,
  queries: Queries,
  { range, followed, signal }: GroupRead,
): Promise<ReadonlyMap<SignalName, Read>> {
  if (queries.size > 1 && range.end >= followed.aloneUntil) {
    const read = await client.queryTogether(queries, range, signal);
    if (read.ok) return mapOf(queries, (name) => ok(read.value.get(name) as QueryResult));
    const { error } = read;
    if (error !== 'refused') return mapOf(queries, () => err(error));
    followed.aloneUntil = range.end + ALONE_FOR;
  }
  const isInstant = range.start === range.end;
  const reads = await mapLimited(
    [...queries],
    CONCURRENCY,
    async ([name, query]): Promise<[SignalName, Read]> => [
      name,
      await (isInstant ? client.queryInstant(query, range.end, signal) : client.queryRange(query, range, signal)),
    ],
  );
  return new Map(reads);
}

function mapOf(queries: Queries, readOf: (name: SignalName) => Read): ReadonlyMap<SignalName, Read> {
  return new Map([...queries.keys()].map((name) => [name, readOf(name)]));
}

/** The first instant up to `at` that has to be asked for: the window's first, or the one after those that were read. */
function oldestUnread(readTo: Seconds | undefined, at: Seconds, { interval, ticks }: Grid): Seconds {
  const first = at - (ticks - 1) * interval;
  if (readTo === undefined || readTo >= at) return first;
  const next = at - Math.max(0, Math.round((at - readTo) / interval) - 1) * interval;
  return Math.max(first, next);
}

function keep(store: SampleStore, name: SignalName, read: Read): readonly Missing[] {
  if (!read.ok) return [{ signal: name, code: read.error }];
  const isLegal = read.value.samples.every(({ at, value }) => store.put(name, at, value));
  return isLegal ? [] : [{ signal: name, code: 'KIS_METRICS_MALFORMED' }];
}
