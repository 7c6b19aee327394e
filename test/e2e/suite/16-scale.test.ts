import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { quantileSorted } from '../../../src/base/statistics.js';
import { freePorts } from '../../support/free-port.js';
import { DecisionLog } from '../support/decision-log.js';
import { readHpaQueries } from '../support/hpa-queries.js';
import { Kiscaler } from '../support/kiscaler.js';
import { keysOf, ManyFleets } from '../support/many-fleets.js';
import { scrapeEvery } from '../support/monitoring.js';
import { NameServer } from '../support/name-server.js';
import { externalTrigger, RECOMMENDED, readyAfter } from '../support/objects.js';
import type { Scene } from '../support/scene.js';
import { story } from '../support/stories.js';
import { UsageMeter } from '../support/usage.js';

/** ScaledObjects; it goes on to the next while the one before was carried, so that the last one says where it breaks. */
const SIZES = (process.env['FLEETS'] ?? '25,50,100,200,400').split(',').map(Number);
/** As in production: ticks, scrapes, polls and syncs alike. */
const EVERY = 15;
const MEASURED = 120;
/** Share of a tick after which its decisions are made, or never will be: from there to there are whole ticks. */
const SETTLED = 0.95;
/** Share of all decisions that two processes must make for a size to count as carried. */
const CARRIED = 0.95;
const AT_ONCE = 10;

const SERVERS = ['127.0.0.2', '127.0.0.3'] as const;
const PROCESSES = [
  'keda-operator',
  'keda-adapter',
  'kube-apiserver',
  'kube-controller-manager',
  'etcd',
  'prometheus',
  'kube-state-metrics',
  'self',
];

/** Until the decisions of the present tick are made. */
const settled = (): Promise<void> => {
  const since = (Date.now() / 1000) % EVERY;
  return wait(1000 * ((SETTLED * EVERY - since + EVERY) % EVERY));
};
const nameOf = (i: number): string => `chat-${i}`;
const per = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;

async function grow(scene: Scene, fleets: ManyFleets, size: number, address: string): Promise<number> {
  const started = Date.now();
  const names = Array.from({ length: size - fleets.size }, (_, i) => nameOf(fleets.size + i));
  for (const name of names) fleets.add(name);
  const rest = names.values();
  const worker = async (): Promise<void> => {
    for (const name of rest) {
      const spec = { pollingInterval: EVERY, maxReplicaCount: 8 };
      const triggers = [externalTrigger(address, keysOf(name))];
      const pods = { replicas: 2, annotations: readyAfter(10) };
      await scene.put({ name, triggers, behavior: RECOMMENDED, spec }, pods);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await scene.until('an HPA for every one', 900, async () => {
    const hpas = await scene.kube.list(`/apis/autoscaling/v2/namespaces/${scene.namespace}/horizontalpodautoscalers`);
    return hpas.length === size || `${hpas.length}`;
  });
  return (Date.now() - started) / 1000;
}

interface Deployment {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly replicas: number };
}

/** How many fleets have less than what was decided at this look and at the one before, a sync and a poll earlier. */
class Followers {
  looks = 0;
  behind = 0;
  #before = new Map<string, number>();

  async look({ kube, namespace }: Scene, kiscaler: Kiscaler): Promise<void> {
    const decided = new Map(
      (await kiscaler.samples('kiscaler_desired_replicas')).map(({ labels, value }) => [
        labels.scaled_object ?? '',
        value,
      ]),
    );
    const found = await kube.list<Deployment>(`/apis/apps/v1/namespaces/${namespace}/deployments`);
    for (const { metadata, spec } of found) {
      const before = this.#before.get(metadata.name);
      if (before === undefined) continue;
      this.looks++;
      if (spec.replicas < Math.min(before, decided.get(metadata.name) ?? 0)) this.behind++;
    }
    this.#before = decided;
  }
}

interface Carried {
  readonly share: number;
  readonly refusals: number;
  readonly errors: number;
  readonly different: number;
}

async function measure(scene: Scene, fleets: ManyFleets, kiscalers: readonly Kiscaler[]): Promise<Carried> {
  const { bed, namespace } = scene;
  await settled();
  const from = Date.now() / 1000;
  const meter = new UsageMeter(bed.processes, [...kiscalers.map((one) => one.process.name), ...PROCESSES]);
  const logs = kiscalers.map((one) => new DecisionLog(scene, one, nameOf(0)));
  const followers = new Followers();
  while (Date.now() / 1000 < from + MEASURED) {
    await wait(2 * 1000 * EVERY);
    await followers.look(scene, kiscalers[0] as Kiscaler);
  }
  await settled();
  const seconds = Date.now() / 1000 - from;
  const usage = meter.read();
  const counts = await Promise.all(logs.map((log) => log.close()));
  const sum = (key: 'decisions' | 'refusals' | 'answers' | 'quick' | 'errors' | 'queries'): number =>
    counts.reduce((total, one) => total + one[key], 0);
  const { size } = fleets;
  const share = sum('decisions') / (Math.round(seconds / EVERY) * size * kiscalers.length);
  const delays = counts.flatMap((one) => one.delays).toSorted((a, b) => a - b);
  const [first, second] = logs;
  const both = [...(first?.values ?? [])].filter(([tick]) => second?.values.has(tick));
  const different = both.filter(([tick, value]) => second?.values.get(tick) !== value).length;

  const queries = [...readHpaQueries(bed.folder, namespace).values()].map((all) => all.filter(({ to }) => to > from));
  const gaps = queries.flatMap((all) => all.slice(1).map(({ from: at }, i) => at - (all[i]?.from ?? at)));
  const spent = queries.flatMap((all) => all.map((one) => one.to - one.from));
  const at = (values: readonly number[], q: number): string =>
    quantileSorted(
      values.toSorted((a, b) => a - b),
      q,
    ).toFixed(2);
  scene.note(
    `${size} ScaledObjects, ${fleets.servingPods().length} pods, ${seconds.toFixed(0)} s: ${per(share, 1)} of ${EVERY} s ticks decided, ${at(delays, 0.5)} s after the tick (p50), ${at(delays, 1)} s at most; ${different} of ${both.length} ticks decided differently by the two`,
  );
  const { querySeconds = Number.NaN } = counts[0] ?? {};
  scene.note(
    `${(sum('queries') / seconds).toFixed(0)} queries of Prometheus a second, ${(1000 * querySeconds).toFixed(0)} ms each; ${(sum('answers') / seconds).toFixed(0)} answers to KEDA a second, ${per(sum('quick'), sum('answers'))} within 10 ms, ${sum('errors')} errors, ${sum('refusals')} refusals`,
  );
  scene.note(
    `HPA: a query takes ${at(spent, 0.5)} s (p50), ${at(spent, 0.99)} s (p99), one comes every ${at(gaps, 0.5)} s (p50), ${at(gaps, 0.99)} s (p99); ${followers.behind} of ${followers.looks} looks found a fleet below what was decided 30 s before`,
  );
  const used = [...usage].map(([name, { cores, megabytes }]) => {
    const plain = name === 'self' ? 'the simulated fleets and this test' : name.replace(`${namespace}-`, '');
    return `${plain} ${cores.toFixed(3)} cores ${megabytes.toFixed(0)} MB`;
  });
  scene.note(used.join(', '));
  return { share, refusals: sum('refusals'), errors: sum('errors'), different };
}

describe('scale', () => {
  story(
    'scale: hundreds of ScaledObjects on two kiscaler processes, HPA and polls every 15 s: decisions on time, and what it costs',
    async (scene) => {
      const { bed } = scene;
      await bed.syncHpasEvery(EVERY);
      scrapeEvery(bed.folder, 'kube-state-metrics', EVERY);
      scene.after(async () => {
        scrapeEvery(bed.folder, 'kube-state-metrics', undefined);
        await bed.syncHpasEvery(bed.hpaSync);
      });
      const fleets = await ManyFleets.open(scene, EVERY);
      const [port] = (await freePorts(1)) as [number];
      const kiscalers: Kiscaler[] = [];
      for (const host of SERVERS)
        kiscalers.push(await Kiscaler.open(scene, { tick: EVERY, windowTicks: 64, host, port }));
      const names = await NameServer.open(scene, SERVERS);
      const address = names.scalerAddress('kiscaler.inference.svc', port);
      for (const size of SIZES) {
        const seconds = await grow(scene, fleets, size, address);
        scene.note(`${size} with HPAs after ${seconds.toFixed(0)} s more`);
        const last = nameOf(size - 1);
        const isDecided = scene.until('both decide', 120, async () => {
          // One that is busy may not answer in time: it is asked again.
          const ask = (one: Kiscaler): Promise<number | undefined> =>
            one.decide(scene.namespace, last, keysOf(last)).catch(() => undefined);
          const decided = await Promise.all(kiscalers.map(ask));
          return decided.every((count) => count !== undefined) || `${decided}`;
        });
        await isDecided.catch(() => scene.note(`${size}: the last one not decided by both after two minutes`));
        // Windows fill, and fleets find their size.
        await wait(4 * 1000 * EVERY);
        const { share, different, ...silent } = await measure(scene, fleets, kiscalers);
        expect(different, 'ticks decided differently by the two').to.equal(0);
        const isCarried = share >= CARRIED && Object.values(silent).every((count) => count === 0);
        scene.note(`${size} ${isCarried ? 'carried' : 'not carried'}`);
        if (!isCarried) break;
      }
    },
    { isAlone: true, needsOwnBed: true, isFull: true },
  );
});
