import { type AuditEvent, readAudit, toSeconds } from './audit.js';
import { differing, type Recording, type Turn } from './replay.js';

/** A write of a fleet's count, by whom, and whether the API server took it. Unix seconds. */
export interface ScaleWrite {
  readonly at: number;
  readonly by: 'hpa' | 'keda';
  readonly replicas: number;
  readonly isTaken: boolean;
}

/** What KEDA noted of failures in a row of a ScaledObject, when. */
interface Noted {
  readonly at: number;
  readonly failures: number;
}

/** The traces that KEDA and the HPA leave of one fleet beside its counts. */
export interface Traces {
  readonly writes: readonly ScaleWrite[];
  readonly noted: readonly Noted[];
}

/** Writes this close to one another were both decided before the other was known. Seconds. */
const CLOSE = 1;
/** What the clocks of the processes and their waking may hide of the order of questions. */
const CLOCKS = 0.05;
/** As in the objects that are compared. */
const THRESHOLD = 3;

/** Traces so far in a namespace by fleet; a ScaledObject has its fleet's name. */
export function readTraces(folder: string, namespace: string): ReadonlyMap<string, Traces> {
  const events = new Map<string, AuditEvent[]>();
  for (const event of readAudit(folder)) {
    const { resource, namespace: space, name } = event.objectRef ?? {};
    if (space !== namespace || name === undefined || !['fleets', 'scaledobjects'].includes(resource ?? '')) continue;
    events.set(name, [...(events.get(name) ?? []), event]);
  }
  const traces = [...events].map(([name, all]): [string, Traces] => {
    const of = (resource: string): readonly AuditEvent[] => all.filter((one) => one.objectRef?.resource === resource);
    return [name, { writes: of('fleets').map(toWrite), noted: of('scaledobjects').flatMap(toNoted) }];
  });
  return new Map(traces);
}

function toWrite({ userAgent, stageTimestamp, requestObject, responseStatus }: AuditEvent): ScaleWrite {
  const { spec } = (requestObject ?? {}) as { readonly spec?: { readonly replicas?: number } };
  return {
    at: toSeconds(stageTimestamp),
    by: userAgent?.includes('horizontal-pod-autoscaler') ? 'hpa' : 'keda',
    // A count of none is left out.
    replicas: spec?.replicas ?? 0,
    isTaken: (responseStatus?.code ?? 500) < 300,
  };
}

function toNoted({ stageTimestamp, requestObject }: AuditEvent): readonly Noted[] {
  type Health = Readonly<Record<string, { readonly numberOfFailures?: number }>>;
  const { status } = (requestObject ?? {}) as { readonly status?: { readonly health?: Health } };
  if (!status?.health) return [];
  const failures = Object.values(status.health).reduce((sum, { numberOfFailures = 0 }) => sum + numberOfFailures, 0);
  return [{ at: toSeconds(stageTimestamp), failures }];
}

/**
 * Why a fleet may have parted from the model, by what was recorded around the first turn after which it did: what cannot be
 * told from the questions alone, because it is a matter of which of two came first. Undefined where there is no such reason.
 */
export function findRace(recording: Recording, turns: readonly Turn[], traces: Traces): string | undefined {
  const first = turns.indexOf(differing(turns)[0] as Turn);
  const from = (turns[first - 1]?.at ?? 0) - CLOSE;
  const to = (turns[first + 1]?.at ?? Number.POSITIVE_INFINITY) + CLOSE;
  const writes = traces.writes.filter(({ at }) => at >= from && at <= to);
  const zero = writes.find(({ by, replicas, isTaken }) => by === 'keda' && isTaken && replicas === 0);
  const later = zero && writes.find(({ by, isTaken, at }) => by === 'hpa' && isTaken && at >= zero.at);
  const query = later && recording.queries.findLast(({ to: end }) => end <= later.at);
  if (zero && query && query.from <= zero.at) return "the HPA wrote over KEDA's scale to zero what it had asked before";
  if (writes.some(({ isTaken }) => !isTaken)) return 'a write was refused, because the other had written meanwhile';
  const [hpa, keda] = (['hpa', 'keda'] as const).map((who) =>
    writes.filter(({ by, isTaken }) => by === who && isTaken),
  );
  if (hpa?.some(({ at }) => keda?.some((other) => Math.abs(at - other.at) < CLOSE)))
    return 'both wrote within a second';
  if (isAskedTogether(recording, from, to)) return 'a poll and a query within one another';
  return countLost(recording, traces.noted, from, to);
}

/** A question of a poll while the HPA had its own: whose answer was which cannot be told. */
function isAskedTogether({ asks, queries }: Recording, from: number, to: number): boolean {
  const near = queries.filter((query) => query.to >= from && query.from <= to);
  return near.some((query) => {
    const around = asks.filter(({ at }) => at >= query.from - CLOCKS && at <= query.to + CLOCKS);
    // GetMetrics and IsActive, and as much again where they fail.
    const isFailing = around.some(({ value }) => typeof value !== 'number');
    return around.length > (isFailing ? 4 : 2);
  });
}

/** KEDA counts failures on a copy of the status from its cache: two that come close may count as one. */
function countLost({ asks }: Recording, noted: readonly Noted[], from: number, to: number): string | undefined {
  const failed = asks.filter(({ at, value }) => at <= to && typeof value !== 'number');
  const started = asks.findLast(({ at, value }) => at < (failed.at(-1)?.at ?? 0) && typeof value === 'number')?.at ?? 0;
  const inRow = failed.filter(({ at }) => at > started).length;
  const counts = noted.filter(({ at }) => at > started && at <= to).map(({ failures }) => failures);
  const isStuck = counts.some((count, i) => i > 0 && count === counts[i - 1]);
  const isBehind = inRow > 0 && Math.max(0, ...counts) < Math.min(inRow / 2, THRESHOLD + 1);
  return failed.some(({ at }) => at >= from) && (isStuck || isBehind) ? 'a failure that KEDA did not count' : undefined;
}
