import { expect } from 'chai';
import fc from 'fast-check';
import { ManualClock } from '../../src/base/clock.js';
import { ok } from '../../src/base/result.js';
import type { RefusalCode } from '../../src/decision/decision.js';
import type { Workload } from '../../src/decision/workload.js';
import { createPlanner } from '../../src/policies/planner.js';
import type { Policy } from '../../src/policies/policy.js';
import { createPolicy } from '../../src/policies/registry.js';
import { DecisionService, type DecisionServiceOptions } from '../../src/scaler/decision-service.js';
import { ScalerError } from '../../src/scaler/errors.js';
import { FakeSource, fixedPolicy } from '../support/scaler.js';
import { buildWindow, buildWorkload } from '../support/windows.js';

const TICK = 15_000;
const INTERVAL = 15;
const CHAT = buildWorkload({ policy: 'learned' });

interface Bed {
  readonly clock: ManualClock;
  readonly source: FakeSource;
  readonly service: DecisionService;
  readonly log: string[];
  /** The replicas decided, or the code of the error. */
  ask(workload?: Workload): Promise<number | string>;
}

function startService(options: Partial<DecisionServiceOptions> = {}): Bed {
  const clock = new ManualClock(TICK);
  const source = new FakeSource();
  const log: string[] = [];
  const service = new DecisionService({
    clock,
    grid: { interval: INTERVAL, ticks: 64, lag: INTERVAL },
    offset: 0,
    source,
    policies: [createPlanner(), fixedPolicy('learned', 6)],
    findPolicy: (name) => createPolicy(name),
    recorder: {
      onDecision: ({ name }, { tick, replicas }) => log.push(`decision ${name} ${tick - TICK} ${replicas}`),
      onRefusal: ({ name }, { code }) => log.push(`refusal ${name} ${code}`),
      onFailure: (what, cause) => log.push(`failure ${what} ${cause instanceof Error ? cause.message : cause}`),
      onForgotten: ({ name }) => log.push(`forgotten ${name}`),
    },
    ...options,
  });
  service.start();
  const ask = (workload = CHAT): Promise<number | string> =>
    service.decisionFor(JSON.stringify(workload), workload).then(
      ({ replicas }) => replicas,
      (error: unknown) => (error instanceof ScalerError ? error.code : String(error)),
    );
  return { clock, source, service, log, ask };
}

/** Lets promises run that wait for nothing but each other. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const never = (): Promise<never> => new Promise(() => {});

describe('decision service', () => {
  const beds: Bed[] = [];
  const start = (options?: Partial<DecisionServiceOptions>): Bed => {
    const bed = startService(options);
    beds.push(bed);
    return bed;
  };
  afterEach(async () => {
    await Promise.all(beds.splice(0).map(({ service }) => service.stop()));
  });

  it('decides at the first call and then once a tick, whoever asks how often', async () => {
    const { clock, log, ask } = start();
    expect(await ask()).to.equal(6);
    await clock.advance(7);
    await Promise.all([ask(), ask(), ask()]);
    await clock.advance(24);
    expect(log).to.deep.equal(['decision chat 0 6', 'decision chat 15 6', 'decision chat 30 6']);
  });

  it('L8: lets everybody who asks at first join one read', async () => {
    const { source, ask } = start();
    expect(await Promise.all([ask(), ask(), ask()])).to.deep.equal([6, 6, 6]);
    expect(source.reads).to.equal(1);
  });

  it('asks each policy once a tick, for all workloads together', async () => {
    const batches: number[] = [];
    const counted: Policy = {
      name: 'learned',
      propose: (batch) => {
        batches.push(batch.length);
        return fixedPolicy('learned', 5).propose(batch);
      },
    };
    const { clock, ask } = start({ policies: [createPlanner(), counted] });
    for (const name of ['a', 'b', 'c']) await ask(buildWorkload({ policy: 'learned', name }));
    await clock.advance(INTERVAL);
    expect(batches).to.deep.equal([1, 1, 1, 3]);
  });

  it('lets calls through while it decides for many, and forgets none of them', async () => {
    const { clock, service, log, ask } = start();
    const names = Array.from({ length: 100 }, (_, i) => `w${i}`);
    const many = names.map((name, i) => buildWorkload({ policy: 'learned', name, namespace: `team-${i}` }));
    await Promise.all(many.map(ask));
    log.length = 0;
    await clock.advance(INTERVAL);
    while (log.length < names.length) {
      expect(await ask(many[7])).to.equal(6);
      await settle();
    }
    expect(log).to.have.members(names.map((name) => `decision ${name} 15 6`));
    expect(service.workloads).to.have.length(names.length);
  });

  it('runs a rival that only one workload names', async () => {
    const { ask } = start();
    expect(await ask(buildWorkload({ policy: 'static-3' }))).to.equal(3);
  });

  it('M2: waits 700 ms for the first window in all, not at every call', async () => {
    const { clock, source, ask } = start();
    source.read = never;
    const first = ask();
    await clock.advance(0.69);
    expect(await Promise.race([first, settle().then(() => 'waiting')])).to.equal('waiting');
    await clock.advance(0.02);
    expect(await first).to.equal('KIS_STARTING');
    expect(await ask()).to.equal('KIS_STARTING');
  });

  it('answers as soon as a late first window is there', async () => {
    const { clock, source, ask } = start();
    source.read = async (_, tick) => {
      await clock.sleep(3);
      return ok(buildWindow({}, tick));
    };
    const first = ask();
    await clock.advance(1);
    expect(await first).to.equal('KIS_STARTING');
    await clock.advance(3);
    expect(await ask()).to.equal(6);
  });

  it('M1: refuses with the code of what is missing, from the tick on that misses it, and recovers by itself', async () => {
    const { clock, source, ask } = start();
    expect(await ask()).to.equal(6);
    const answer = source.answer;
    source.answer = () => 'KIS_METRICS_DOWN';
    await clock.advance(INTERVAL);
    expect(await ask()).to.equal('KIS_METRICS_DOWN');
    source.answer = answer;
    await clock.advance(INTERVAL);
    expect(await ask()).to.equal(6);
  });

  it('M2: keeps the last decision while the source hangs, for three minutes and no longer', async () => {
    const { clock, source, log, ask } = start();
    await ask();
    source.read = never;
    await clock.advance(170);
    expect(await ask()).to.equal(6);
    await clock.advance(20);
    expect(await ask()).to.equal('KIS_METRICS_STALE');
    expect(log).to.deep.equal(['decision chat 0 6']);
  });

  it('lets a backend that hangs cost the others nothing', async () => {
    const { clock, source, log, ask } = start();
    const slow = buildWorkload({ policy: 'learned', name: 'slow', backend: 'far' });
    await ask();
    await ask(slow);
    source.read = async (workload, tick) => (workload.backend === 'far' ? never() : ok(buildWindow({}, tick)));
    await clock.advance(2 * INTERVAL);
    expect(log.filter((line) => line.includes('chat'))).to.have.length(3);
    expect(log.filter((line) => line.includes('slow'))).to.have.length(1);
  });

  it('decides as many as a backend that is too slow allows, everybody in turn', async () => {
    const { clock, source, log, ask } = start();
    const names = Array.from({ length: 20 }, (_, i) => `w${i}`);
    const many = names.map((name) => buildWorkload({ policy: 'learned', name }));
    for (const one of many) await ask(one);
    // One window a second, in the order asked: ten or so of a tick's twenty.
    let queue = Promise.resolve();
    source.read = async (_workload, tick, signal) => {
      queue = queue.then(() => (signal?.aborted ? undefined : clock.sleep(1, signal)));
      await queue;
      return ok(buildWindow({}, tick));
    };
    const decided = (): number[] =>
      names.map((name) => log.filter((line) => line.includes(`decision ${name} `)).length);
    for (let tick = 0; tick < 8; tick++) for (let second = 0; second < INTERVAL; second++) await clock.advance(1);
    for (const [i, count] of decided().entries()) expect(count - 1, `${names[i]} in eight ticks`).to.be.within(3, 5);
  });

  it('G13: a source that throws is a source that is down', async () => {
    const { source, log, ask } = start();
    source.read = () => Promise.reject(new Error('boom'));
    expect(await ask()).to.equal('KIS_METRICS_DOWN');
    expect(log[0]).to.equal('failure reading signals boom');
  });

  it('O7: a policy that hangs is left behind, and the planner answers', async () => {
    const hung: Policy = { name: 'learned', propose: never };
    const { clock, log, ask } = start({ policies: [createPlanner(), hung] });
    const first = ask();
    await settle();
    await clock.advance(3.1);
    expect(await first).to.equal('KIS_STARTING');
    expect(await ask()).to.be.a('number');
    expect(log).to.have.length(1);
  });

  it('G13: what throws inside a decision is a bug of this workload and of no other', async () => {
    const { source, log, ask } = start();
    const broken = buildWorkload({ policy: 'learned', name: 'broken' });
    source.answer = (tick, workload) => {
      const window = buildWindow({}, tick);
      return workload.name === 'broken' ? { ...window, series: {} as typeof window.series } : window;
    };
    expect(await ask(broken)).to.equal('KIS_BUG');
    expect(await ask()).to.equal(6);
    expect(log.some((line) => line.startsWith('failure deciding'))).to.equal(true);
  });

  it('the kill switch decides for everybody from the next tick on, says why, and is taken back', async () => {
    let override: string | undefined;
    const { clock, service, ask } = start({ policyOverride: () => override });
    const decision = () => service.decisionFor(JSON.stringify(CHAT), CHAT);
    await ask();
    override = 'planner';
    await clock.advance(INTERVAL);
    expect(await decision()).to.include({ source: 'planner', because: 'KIS_KILL_SWITCH' });
    override = undefined;
    await clock.advance(INTERVAL);
    expect(await decision()).to.include({ source: 'policy', replicas: 6 });
  });

  it('explains a decision once a tick, however often it is asked to', async () => {
    let asked = 0;
    const learned: Policy = {
      name: 'learned',
      propose: (batch) => {
        asked += batch.length;
        return fixedPolicy('learned', 6).propose(batch);
      },
    };
    const { clock, service, ask } = start({ policies: [createPlanner(), learned] });
    await ask();
    expect(asked, 'a decision alone asks no more than itself').to.equal(1);
    const explain = () => service.explanationsOf(CHAT.namespace, CHAT.name);
    const [first] = await explain();
    const once = asked;
    expect(once, 'what would have changed it').to.be.above(1);
    expect((await Promise.all([explain(), explain()])).flat()).to.deep.equal([first, first]);
    expect(asked).to.equal(once);
    await clock.advance(INTERVAL);
    expect((await explain())[0]?.tick).to.equal(TICK + INTERVAL);
  });

  it('takes neither the kill switch nor a model that recovers for the effect of an input', async () => {
    let override: string | undefined = 'planner';
    let fails = false;
    const learned: Policy = {
      name: 'learned',
      propose: async (batch) =>
        batch.map(() =>
          fails
            ? { policy: 'learned', ok: false, because: 'KIS_MODEL_SLOW' }
            : { policy: 'learned', ok: true, replicas: 17 },
        ),
    };
    const { clock, service, ask } = start({ policies: [createPlanner(), learned], policyOverride: () => override });
    const explain = async () => (await service.explanationsOf(CHAT.namespace, CHAT.name))[0];
    await ask();
    const switched = await explain();
    expect(switched).to.include({ source: 'planner', because: 'KIS_KILL_SWITCH' });
    override = undefined;
    fails = true;
    await clock.advance(INTERVAL);
    fails = false;
    const failed = await explain();
    expect(failed).to.include({ source: 'planner', because: 'KIS_MODEL_SLOW', policy: 'learned' });
    for (const told of [switched, failed]) expect(told?.nearest?.replicas).to.be.a('number').and.not.equal(17);
  });

  it('does not keep a workload for the sake of its explanation', async () => {
    const { clock, service, log, ask } = start();
    await ask();
    for (let i = 0; i < 42; i++) {
      await clock.advance(INTERVAL);
      await service.explanationsOf(CHAT.namespace, CHAT.name);
    }
    expect(log).to.include('forgotten chat');
    expect(await service.explanationsOf(CHAT.namespace, CHAT.name)).to.deep.equal([]);
  });

  it('L9: a wall clock that jumps back an hour does not freeze decisions', async () => {
    const { clock, source, ask } = start();
    let shift = 0;
    const now = clock.now.bind(clock);
    clock.now = () => now() + shift;
    await ask();
    shift = -3600;
    source.answer = (tick) => buildWindow({ specReplicas: 9, readyReplicas: 9, scrapedReplicas: 9 }, tick);
    await clock.advance(2 * INTERVAL);
    expect(await ask()).to.equal(6);
    source.answer = () => 'KIS_METRICS_EMPTY';
    await clock.advance(INTERVAL);
    expect(await ask()).to.equal('KIS_METRICS_EMPTY');
  });

  it('forgets a workload ten minutes after the last question, but not while a stream listens', async () => {
    const { clock, service, log, ask } = start();
    await ask();
    const pushed = buildWorkload({ policy: 'learned', name: 'pushed' });
    const unsubscribe = service.subscribe('pushed', pushed, () => {});
    await clock.advance(630);
    expect(service.workloads.map(({ name }) => name)).to.deep.equal(['pushed']);
    expect(log).to.include('forgotten chat').and.not.to.include('forgotten pushed');
    unsubscribe();
    await clock.advance(630);
    expect(service.workloads).to.deep.equal([]);
  });

  it('T10: one namespace cannot take every place', async () => {
    const { ask } = start({ maxWorkloads: 8 });
    const of = (namespace: string, name: string): Workload => buildWorkload({ policy: 'learned', namespace, name });
    expect(await ask(of('flood', 'a'))).to.equal(6);
    expect(await ask(of('flood', 'b'))).to.equal(6);
    expect(await ask(of('flood', 'c'))).to.equal('KIS_OVERLOADED');
    expect(await ask(of('quiet', 'a'))).to.equal(6);
    expect(await ask(of('flood', 'a'))).to.equal(6);
  });

  it('gives subscribers the present decision and every later one, and nothing on a refusal', async () => {
    const { clock, source, service, ask } = start();
    await ask();
    const seen: number[] = [];
    service.subscribe(JSON.stringify(CHAT), CHAT, ({ replicas }) => seen.push(replicas));
    await clock.advance(INTERVAL);
    source.answer = () => 'KIS_METRICS_DOWN';
    await clock.advance(INTERVAL);
    expect(seen).to.deep.equal([6, 6]);
  });

  it('P1, P2: whatever windows say, an answer is a finite integer within bounds, or a code', async () => {
    const value = fc.oneof(
      fc.double({ noNaN: false }),
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 4, 1e308),
    );
    const signals = fc.record({
      queueDepth: value,
      runningRequests: value,
      completionRate: value,
      specReplicas: value,
      readyReplicas: value,
      scrapedReplicas: value,
      kvUsage: value,
    });
    const proposed = fc.oneof(fc.double(), fc.integer({ min: -5, max: 500 }));
    await fc.assert(
      fc.asyncProperty(signals, proposed, async (overrides, replicas) => {
        const bed = startService({ policies: [createPlanner(), fixedPolicy('learned', replicas)] });
        bed.source.answer = (tick) => buildWindow(overrides, tick);
        const answer = await bed.ask();
        await bed.service.stop();
        if (typeof answer === 'string') expect(answer).to.match(/^KIS_METRICS_/);
        else expect(Number.isInteger(answer) && answer >= 1 && answer <= 20, String(answer)).to.equal(true);
      }),
      { numRuns: 300 },
    );
  });

  it('L11: two services that see the same windows decide the same, tick by tick', async () => {
    const codes: readonly RefusalCode[] = ['KIS_METRICS_DOWN', 'KIS_METRICS_EMPTY'];
    const one = start();
    const two = start();
    for (const { source } of [one, two]) {
      source.answer = (tick) => {
        const step = (tick - TICK) / INTERVAL;
        return step % 7 === 6 ? (codes[step % 2] as RefusalCode) : buildWindow({ queueDepth: (step * 37) % 90 }, tick);
      };
    }
    await one.ask();
    // The second one comes later, within the same tick.
    await Promise.all([one.clock.advance(9), two.clock.advance(9)]);
    await two.ask();
    for (let i = 0; i < 40; i++) {
      await Promise.all([one.clock.advance(INTERVAL), two.clock.advance(INTERVAL)]);
      expect(await one.ask()).to.equal(await two.ask());
    }
  });
});
