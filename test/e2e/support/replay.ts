import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCALED_OBJECT_SCHEMA, toAnnotations, toScaledObjectSpec } from '../../../src/autoscaling/scaled-object.js';
import { type ReplicaRow, replayDesired } from '../../../src/cli/simulate/replay-desired.js';
import type { HpaQuery } from './hpa-queries.js';
import type { KubeObject } from './kube.js';
import type { ReplicaSeries } from './replica-series.js';
import type { Told } from './stub-scaler.js';

/** What a real control plane did with one ScaledObject: what it was told and asked, and what became of the count. */
export interface Recording {
  readonly name: string;
  readonly scaledObject: KubeObject;
  readonly sets: readonly Told[];
  readonly asks: readonly Told[];
  readonly queries: readonly HpaQuery[];
  readonly series: ReplicaSeries;
}

/** One turn of KEDA's or the HPA's: when, what was told then, and spec.replicas after it by the model and in reality. */
export interface Turn {
  readonly at: number;
  readonly loop: 'keda' | 'hpa';
  readonly desired: ReplicaRow['desired'];
  readonly model: number;
  readonly real: number;
}

/** Questions of one poll follow one another, also those of the second attempt that KEDA makes after an error. */
const ONE_POLL = 1;
/** GetMetrics and IsActive. When there is more in a query's time, a poll of KEDA's fell into it. */
const ASKS_OF_QUERY = 2;
/** Clocks of the two processes that wrote the times, one of them in milliseconds. */
const CLOCKS = 0.002;
/** By which one instant is before another: a row of the model has its time in milliseconds. */
const MOMENT = 0.001;
/** What a busy machine puts between an answer's way to the HPA and the instant the HPA takes for now. */
const WAKING = 0.15;

/** When a turn was: the instant of its question, and the one that counts for windows. */
interface When extends Pick<Turn, 'at' | 'loop'> {
  readonly asked: number;
}

/** What the model made of a recording. */
export interface Replay {
  readonly turns: readonly Turn[];
  /** Turns that had to be moved by {@link WAKING} over the edge of a window that they were at. */
  readonly moved: number;
}

/**
 * The same answers at the same instants through `kiscaler simulate --desired`. The instants are known as well as processes wake:
 * where a turn differs for good, and not when it is moved by that little, it was on the edge of a window.
 */
export function replay(recording: Recording): Replay {
  let whens = turnsOf(recording);
  let turns = runModel(recording, whens);
  let moved = 0;
  for (;;) {
    const first = turns.indexOf(differing(turns)[0] as Turn);
    if (first < 0) return { turns, moved };
    const better = [-WAKING, WAKING]
      .map((by) => {
        const shifted = whens.map((when, i) => (i === first ? { ...when, at: when.at + by } : when));
        return { whens: shifted, turns: runModel(recording, shifted) };
      })
      .find((trial) => !(differing(trial.turns)[0] && trial.turns.indexOf(differing(trial.turns)[0] as Turn) <= first));
    if (!better) return { turns, moved };
    ({ whens, turns } = better);
    moved++;
  }
}

function runModel({ name, scaledObject, sets, series }: Recording, whens: readonly When[]): readonly Turn[] {
  const start = (whens[0]?.at ?? 0) - 1;
  // An answer is what it was when its turn asked for it, however late the turn is.
  const steps = sets.map(({ at, value }) => {
    const next = whens.findIndex(({ asked }) => asked >= at);
    const [after, before] = [whens[next - 1]?.at ?? start, whens[next]?.at ?? Number.POSITIVE_INFINITY];
    const told = Math.min(Math.max(at, after + MOMENT), before - MOMENT);
    return { at: told, desired: typeof value === 'number' ? value : ('error' as const) };
  });
  const object = SCALED_OBJECT_SCHEMA.parse(scaledObject);
  const spec = toScaledObjectSpec(object);
  if (typeof spec === 'string') throw new Error(spec);
  const at = (loop: Turn['loop']): number[] => whens.filter((turn) => turn.loop === loop).map((turn) => turn.at);
  const rows = replayDesired({
    steps,
    spec,
    annotations: toAnnotations(object),
    push: false,
    podDelay: 0,
    // Only listed turns count.
    hpaSync: 1,
    syncTimes: { keda: at('keda'), hpa: at('hpa') },
    initialReplicas: series.before(name, whens[0]?.asked ?? 0)?.spec ?? Number.NaN,
    end: Math.max(...whens.map((turn) => turn.at)),
    everySync: false,
  });
  // What a turn led to is known when the next one comes; nobody knows that of the last.
  return whens.slice(0, -1).map(({ at, loop }, i) => {
    const { desired, spec_replicas: model } = rows.findLast(({ time_s }) => time_s <= at + MOMENT / 2) as ReplicaRow;
    const real = series.before(name, whens[i + 1]?.asked ?? 0)?.spec ?? Number.NaN;
    return { at, loop, desired, model, real };
  });
}

/**
 * When the HPA synced and when KEDA polled: what was asked while the API server had a query of the HPA's is the HPA's, the rest
 * KEDA's. From the last poll before the HPA's first sync on, by which KEDA knows the fleet active. The HPA counts from when it has
 * its answer.
 */
function turnsOf({ asks, queries }: Recording): readonly When[] {
  const hpa = queries.map(({ from, to }) => {
    const inside = asks.filter(({ at }) => at >= from - CLOCKS && at <= to + CLOCKS);
    return { at: to, asked: inside.at(-1)?.at ?? to, loop: 'hpa' as const, inside };
  });
  const first = hpa[0]?.at ?? Number.POSITIVE_INFINITY;
  const owned = new Set(hpa.flatMap(({ inside }) => (hasPoll(inside) ? inside.slice(1) : inside)));
  const polls: When[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const { at } of asks.filter((ask) => !owned.has(ask))) {
    if (at - last > ONE_POLL) polls.push({ at, asked: at, loop: 'keda' });
    last = at;
  }
  const start = polls.findLast(({ at }) => at < first)?.at ?? first;
  const counted = polls.filter(({ at }) => at >= start);
  return [...hpa.map(({ at, asked, loop }) => ({ at, asked, loop })), ...counted].sort((a, b) => a.asked - b.asked);
}

/** After an error KEDA asks again at once, which is no poll. */
function hasPoll(inside: readonly Told[]): boolean {
  return inside.length > ASKS_OF_QUERY && inside.every(({ value }) => typeof value === 'number');
}

/** Turns after which the counts differ, and not until the next sync or poll only: an edge may be passed one earlier. */
export function differing(turns: readonly Turn[]): readonly Turn[] {
  const runs: Turn[][] = [[]];
  for (const turn of turns) {
    if (turn.model !== turn.real) runs.at(-1)?.push(turn);
    else runs.push([]);
  }
  const lasts = (run: readonly Turn[]): boolean => {
    const syncs = run.filter(({ loop }) => loop === 'hpa').length;
    return syncs > 1 || run.length - syncs > 1;
  };
  return runs.filter(lasts).flat();
}

/** The files of `kiscaler simulate --desired`, and the counts beside each other, for whoever wants to see a difference. */
export function keep(
  folder: string,
  { scaledObject, sets, asks, queries, name }: Recording,
  turns: readonly Turn[],
): void {
  const write = (suffix: string, header: string, rows: readonly (readonly (string | number)[])[]): void =>
    writeFileSync(join(folder, `${name}.${suffix}`), `${[header, ...rows.map((row) => row.join(','))].join('\n')}\n`);
  writeFileSync(join(folder, `${name}.yaml`), JSON.stringify(scaledObject));
  write(
    'desired.csv',
    'time_s,desired',
    sets.map(({ at, value }) => [at.toFixed(6), typeof value === 'number' ? value : 'error']),
  );
  write(
    'turns.csv',
    'time_s,loop',
    turns.map(({ at, loop }) => [at.toFixed(6), loop]),
  );
  write(
    'asks.csv',
    'time_s,told',
    asks.map(({ at, value }) => [at.toFixed(6), value]),
  );
  write(
    'queries.csv',
    'from_s,to_s',
    queries.map(({ from, to }) => [from.toFixed(6), to.toFixed(6)]),
  );
  write(
    'compared.csv',
    'time_s,loop,desired,model,real',
    turns.map(({ at, loop, desired, model, real }) => [at.toFixed(6), loop, desired, model, real]),
  );
}
