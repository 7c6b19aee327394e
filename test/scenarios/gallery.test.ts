import { expect } from 'chai';
import { mean } from '../../src/base/statistics.js';
import { galleryNames } from '../../src/scenarios/read-scenario.js';
import { between, gallery, missRate, missShare, playGallery } from './support/gallery.js';

describe('the gallery', () => {
  it('has files that say who they are and what they teach', () => {
    for (const name of galleryNames()) {
      const scenario = gallery(name);
      expect(scenario.name).to.equal(name);
      expect(scenario.teaches, name).to.match(/^[A-Z].{60,}\.$/);
    }
  });

  it('batching: twice the load takes larger batches and hardly longer, three times as much is lost', async () => {
    const at = (rate: number) =>
      playGallery(
        'batching',
        { traffic: { pattern: 'constant', high: rate }, duration: '3m', replicas: { min: 1, max: 1, initial: 1 } },
        'static-1',
      );
    const [calm, busy, over] = [await at(100), await at(200), await at(300)];
    expect(busy.statistics.e2e.p50).to.be.below(1.5 * calm.statistics.e2e.p50);
    for (const run of [calm, busy]) expect(missRate(run)).to.be.below(0.01);
    expect(missRate(over)).to.be.above(0.5);
  });

  it('daily: a rule and a forecast both keep the objective on a slow wave, at about the same cost', async () => {
    const [ours, rule] = await both('daily', { duration: '1h' }, 'hpa');
    for (const run of [ours, rule]) expect(missRate(run)).to.be.below(0.01);
    expect(ours.statistics.dollars / rule.statistics.dollars).to.be.within(0.75, 1.25);
  });

  it('half-unscraped: ours takes no replica away, a rule that sums what it sees halves its fleet', async () => {
    const [ours, naive] = await both('half-unscraped', {}, 'hpa');
    const least = (run: typeof ours): number =>
      Math.min(...between(run, 1260, 2400).map(({ replicas }) => replicas.spec));
    expect(least(ours)).to.equal(6);
    expect(least(naive)).to.be.at.most(5);
    expect([missRate(ours) < 0.01, missRate(naive) > 0.05]).to.deep.equal([true, true]);
  });

  it('keda-restart: the count stands still while KEDA is away, whatever is answered', async () => {
    const run = await playGallery('keda-restart');
    const away = between(run, 1200, 1440);
    expect(new Set(away.map(({ replicas }) => replicas.spec)).size).to.equal(1);
    expect(away.some(({ answer, replicas }) => (answer.metricTotal ?? 0) > replicas.spec)).to.equal(true);
    expect(between(run, 1440, 1500).at(-1)?.replicas.spec).to.be.above(away[0]?.replicas.spec as number);
  });

  it('kv-bound: preempts while no request waits', async () => {
    const { statistics, samples } = await playGallery('kv-bound');
    expect(statistics.preemptions).to.be.above(50);
    const hidden = samples.filter(
      ({ window, kvMax }) => kvMax > 0.95 && (window.series.queueDepth.at(-1) as number) === 0,
    );
    expect(hidden.length).to.be.above(5);
  });

  it('outage: takes no replica away while the metrics are gone, and replaces the one that crashes', async () => {
    const run = await playGallery('outage');
    const gone = between(run, 600, 1200).map(({ replicas }) => replicas.spec);
    expect(gone.every((spec, i) => i === 0 || spec >= (gone[i - 1] as number))).to.equal(true);
    expect(between(run, 800, 1200).some(({ answer }) => answer.metricTotal === undefined)).to.equal(true);
    expect(between(run, 1050, 1200).every(({ replicas }) => replicas.ready === replicas.spec)).to.equal(true);
  });

  it('pools: a router that deals out evenly drowns the slow replicas', async () => {
    const half = { duration: '20m' };
    const [fair, even] = [
      await playGallery('pools', half),
      await playGallery('pools', { ...half, router: 'round-robin' }),
    ];
    expect(missRate(even)).to.be.above(2 * missRate(fair));
    expect(fair.samples.some(({ replicas }) => replicas.ready > 4)).to.equal(true);
  });

  it('prefix-cache: a router that keeps groups together serves what one that spreads them cannot', async () => {
    const run = (router: 'prefix-affinity' | 'round-robin') => playGallery('prefix-cache', { router, duration: '15m' });
    const [together, spread] = [await run('prefix-affinity'), await run('round-robin')];
    expect(missRate(together)).to.be.below(0.02);
    expect(missRate(spread)).to.be.above(0.1);
  });

  it('regime-change: misses more once cold starts are four times as long', async () => {
    const run = await playGallery('regime-change');
    const [before, after] = [missShare(between(run, 900, 3600)), missShare(between(run, 3600, 7200))];
    expect(after).to.be.above(1.2 * before);
  });

  it('retry-storm: without a budget the same overload costs far more requests', async () => {
    const storm = await playGallery('retry-storm');
    const { retries } = storm.played.fleet;
    const fleet = { queueCap: 60, retries: { ...retries, budget: 0.2 } };
    const damped = await playGallery('retry-storm', { fleet });
    expect(missRate(storm)).to.be.above(1.5 * missRate(damped));
    expect(storm.statistics.retries).to.be.above(3 * damped.statistics.retries);
  });

  it('rollout: takes half of the pods away at a time, and costs requests that no rollout would have', async () => {
    const [run, calm] = [await playGallery('rollout'), await playGallery('rollout', { faults: [] })];
    const readyAt = (from: number, to: number): number[] =>
      between(run, from, to).map(({ replicas }) => replicas.ready);
    expect(Math.min(...readyAt(1500, 1800))).to.be.at.most(0.7 * Math.max(...readyAt(1400, 1500)));
    expect(missRate(run)).to.be.above(missRate(calm));
  });

  it('silence: a rule that forgets pays at each return, one that remembers only at the first', async () => {
    const [remembers, forgets] = await both('silence', {}, 'hpa');
    expect(missRate(forgets)).to.be.above(4 * missRate(remembers));
  });

  it('slow-start: a reactive rule would miss far less if a cold start took seconds', async () => {
    const short = { duration: '40m' };
    const [slow, quick] = [
      await playGallery('slow-start', short, 'kpa'),
      await playGallery('slow-start', { ...short, coldStart: { median: '5s' } }, 'kpa'),
    ];
    expect(missRate(quick)).to.be.below(0.7 * missRate(slow));
  });

  it('spike: a fleet that was there before misses nothing, whoever orders then misses', async () => {
    const [ordered, there] = await both('spike', {}, 'planner', 'static-12');
    expect(missRate(there)).to.be.below(0.01);
    expect(missRate(ordered)).to.be.above(0.05);
  });

  it('spot: what is taken back is missed until something new is ready', async () => {
    const run = await playGallery('spot');
    const ready = (from: number, to: number): number[] => between(run, from, to).map(({ replicas }) => replicas.ready);
    expect(Math.min(...ready(1200, 1500))).to.be.at.most(Math.min(...ready(900, 1190)) - 3);
    expect(missShare(between(run, 1300, 1800))).to.be.above(0.05);
    expect(missShare(between(run, 300, 1200))).to.be.below(0.01);
  });

  it('stale-metrics: the fleet shrinks under a load that doubles, and no decision is refused', async () => {
    const run = await playGallery('stale-metrics');
    const frozen = between(run, 1260, 2400);
    expect(frozen.every(({ answer }) => answer.metricTotal !== undefined)).to.equal(true);
    expect(frozen.at(-1)?.replicas.spec).to.be.below(frozen[0]?.replicas.spec as number);
    expect(missShare(between(run, 1560, 2100))).to.be.above(0.5);
  });

  it('steady: does not move once it has found its size, and misses nothing', async () => {
    const { statistics } = await playGallery('steady');
    expect(statistics.scaleChanges).to.be.at.most(2);
    expect(missRate({ statistics })).to.be.below(0.01);
  });

  it('stock-out: gets no replica ready until it ends, however many are ordered', async () => {
    const run = await playGallery('stock-out');
    const ready = between(run, 720, 2400).map(({ replicas }) => replicas.ready);
    expect(ready.every((count, i) => i === 0 || count <= (ready[i - 1] as number))).to.equal(true);
    expect(between(run, 720, 2400).some(({ replicas }) => replicas.starting > 0)).to.equal(true);
    expect(between(run, 2400, 2700).some(({ replicas }) => replicas.ready > (ready.at(-1) as number))).to.equal(true);
  });

  it('surge: what was kept from the first surge serves the next ones', async () => {
    const [keeps, forgets] = await both('surge', {}, 'hpa');
    const later = (run: typeof keeps): number => missShare(between(run, 1200, 3600));
    expect(later(keeps)).to.be.below(0.1 * later(forgets));
  });

  it('tenants: a fleet for the mean load misses what a fleet that follows its clients serves', async () => {
    const [follows, fixed] = await both('tenants', { duration: '90m' }, 'static-6');
    expect(missRate(fixed)).to.be.above(3 * missRate(follows));
  });

  it('to-zero: saves the idle hours, and the first requests wait a cold start', async () => {
    const run = await playGallery('to-zero');
    const silent = between(run, 3600, 4185);
    expect(silent.every(({ replicas }) => replicas.spec === 0)).to.equal(true);
    const first = between(run, 4200, 4400).flatMap(({ latencies }) => [...latencies.ttft]);
    expect(Math.max(...first)).to.be.within(60, 180);
    const always = await playGallery('to-zero', { replicas: { min: 1, max: 6, initial: 3 } });
    expect(run.statistics.replicaSeconds).to.be.below(always.statistics.replicaSeconds - 1800);
  });

  it('token-bomb: the queue grows at the same number of requests', async () => {
    const run = await playGallery('token-bomb');
    const rate = (from: number, to: number): number => mean(between(run, from, to).map(({ arrivals }) => arrivals));
    expect(rate(1200, 1800) / rate(300, 1200)).to.be.within(0.9, 1.1);
    expect(missShare(between(run, 300, 1200))).to.be.below(0.01);
    expect(missShare(between(run, 1200, 1800))).to.be.above(0.3);
  });

  it('tolerance-trap: nine of ten is no change for the HPA, unless the answer is a nudge', async () => {
    const [trapped, nudged] = [
      await playGallery('tolerance-trap'),
      await playGallery('tolerance-trap', { guards: true }),
    ];
    expect(new Set(trapped.samples.map(({ replicas }) => replicas.spec))).to.deep.equal(new Set([10]));
    expect(nudged.samples.at(-1)?.replicas.spec).to.equal(9);
  });

  it('triton: a rule on concurrency misses where the planner, who knows the throughput, does not', async () => {
    const [planner, rule] = await both('triton', { duration: '20m' }, 'hpa');
    expect([missRate(planner) < 0.01, missRate(rule) > 0.03]).to.deep.equal([true, true]);
    const shown = between(planner, 150, 600).map(({ running, waiting }) => running + waiting);
    expect(mean(shown)).to.be.below(4);
  });

  it('weekend: whoever follows the week has a smaller fleet on its last two days', async () => {
    const day = (8 * 3600) / 7;
    const run = await playGallery('weekend', { duration: '8h' });
    const size = (from: number, to: number): number =>
      mean(between(run, from * day, to * day).map(({ replicas }) => replicas.spec));
    expect(size(5.2, 7)).to.be.below(0.75 * size(0, 5));
    expect(missRate(run)).to.be.below(0.03);
  });

  it('zone-loss: takes half of the replicas, and the other zone makes up for them', async () => {
    const run = await playGallery('zone-loss');
    const ready = (from: number, to: number): number[] => between(run, from, to).map(({ replicas }) => replicas.ready);
    expect(Math.min(...ready(1200, 1290))).to.be.at.most(4);
    expect(Math.max(...ready(1800, 2700))).to.be.at.least(6);
    expect(missShare(between(run, 1200, 1800))).to.be.above(10 * missShare(between(run, 300, 1200)));
  });
});

/** The same scenario under two policies; the first is the scenario's own where only one is named. */
async function both(name: string, changes: Parameters<typeof playGallery>[1], ...rivals: [string, string?]) {
  const [first, second] = rivals.length === 2 ? rivals : [undefined, rivals[0]];
  return [await playGallery(name, changes, first), await playGallery(name, changes, second)] as const;
}
