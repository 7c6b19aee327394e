import { expect } from 'chai';
import { createRng } from '../../src/base/rng.js';
import { GUARDS, type Guard } from '../../src/decision/guards.js';
import { saturationThroughput } from '../../src/decision/serving-profile.js';
import type { ReplicaKind } from '../../src/kisim/replica-kind.js';
import { linesOfText } from '../../src/kisim/traffic/lines.js';
import { createPlanner } from '../../src/policies/planner.js';
import { createStatic } from '../../src/policies/static.js';
import { buildTraffic } from '../../src/scenarios/build-traffic.js';
import type { TickRecord } from '../../src/scenarios/drive.js';
import { checkScenario, galleryNames, parseScenario, readScenario } from '../../src/scenarios/read-scenario.js';
import { openScenario, runScenario } from '../../src/scenarios/run-scenario.js';
import type { Scenario, ScenarioInput } from '../../src/scenarios/scenario.js';
import { TEST_PROFILE } from '../kisim/support/runs.js';
import { createSlotReplica, TEST_BOUNDS } from '../kisim/support/slot-replica.js';

const MINIMAL = 'version: 1\nname: small\nprofile: test\ntraffic: { pattern: constant, high: 4 }\n';

const KIND: ReplicaKind = {
  profile: TEST_PROFILE,
  createReplica: (listener) =>
    createSlotReplica(
      { slots: 8, queueCapacity: 1000, serviceTime: (_, output) => output / 60, bounds: TEST_BOUNDS },
      listener,
    ),
  latencyBounds: { ttft: TEST_BOUNDS, e2e: TEST_BOUNDS },
};

function scenario(changes: Partial<ScenarioInput> = {}): Scenario {
  const result = checkScenario({
    version: 1,
    name: 'small',
    profile: 'test',
    traffic: { pattern: 'spike', low: 2, high: 20 },
    duration: '10m',
    ...changes,
  });
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

describe('scenario file', () => {
  it('needs four lines and fills in the rest', () => {
    const result = parseScenario(MINIMAL);
    if (!result.ok) throw new Error(result.error);
    const { replicas, slo, control, coldStart, seed, policy, guards, faults, clientTimeout } = result.value;
    expect({ replicas, slo, control, coldStart, seed, policy, guards, faults, clientTimeout }).to.deep.equal({
      replicas: { min: 1, max: 10 },
      slo: { metric: 'ttft', limit: 2 },
      control: {
        behavior: 'recommended',
        pollingInterval: 15,
        cooldownPeriod: 0,
        initialCooldownPeriod: 0,
        hpaSync: 15,
        kubernetes: '1.35',
        metricType: 'AverageValue',
        useCachedMetrics: false,
        push: false,
        schedules: [],
        pauses: [],
      },
      coldStart: { sigma: 0.15 },
      seed: 1,
      policy: 'planner',
      guards: true,
      faults: [],
      clientTimeout: 60,
    });
  });

  const bad: [string, string, RegExp][] = [
    ['a number beyond its range', 'replicas: { max: 5000 }', /^replicas\.max: must be from 1 to 1000, found 5000$/m],
    ['a fraction of a replica', 'replicas: { min: 1.5 }', /^replicas\.min: must be an integer, found 1\.5$/m],
    ['crossed bounds', 'replicas: { min: 5, max: 2 }', /^replicas\.min: must be <= replicas\.max \(2\), found 5$/m],
    ['a start outside the bounds', 'replicas: { initial: 50 }', /^replicas\.initial: must be from 1 to 10, found 50$/m],
    ['an unknown key', 'replica: 3', /unknown key replica/],
    [
      'a warm-up that leaves nothing to count',
      'warmup: 10m\nduration: 10m',
      /^warmup: must be shorter than duration \(600s\)/m,
    ],
    ['no duration', 'duration: soon', /^duration: must be a duration from 60s to \d+s, like 90s or 5m, found "soon"$/m],
    ['a duration too short', 'duration: 10s', /^duration: must be a duration from 60s/m],
    ['an unknown metric', 'slo: { metric: p99 }', /^slo\.metric: must be one of ttft, e2e, found "p99"$/m],
    ['a wrong type', 'missPrice: [1]', /^missPrice: must be of type number, found \[1\]$/m],
    ['an unknown behaviour', 'control: { behavior: fast }', /^control\.behavior: must be recommended, kubernetes or/m],
    [
      'an unknown fault',
      'faults: [{ kind: flood, at: 1 }]',
      /^faults\.0\.kind: must be one of pod-crash, .*, found "flood"$/m,
    ],
    [
      'a fault without its time',
      'faults: [{ kind: pod-crash }]',
      /^faults\.0\.at: must be a duration from 0s to 34560000s, like 90s or 5m$/m,
    ],
    [
      'a fault beyond its range, of the many that have such a key',
      'faults: [{ kind: noisy-neighbour, at: 1, factor: 0.5 }]',
      /^faults\.0\.factor: must be from 1 to 100, found 0\.5$/m,
    ],
    [
      'what is wrong inside a block that might have been a word',
      'control: { behavior: { scaleUp: { stabilizationWindow: 0, policies: [{ type: Pods, value: 0, period: 15 }] } } }',
      /^control\.behavior\.scaleUp\.policies\.0\.value: must be from 1 to 10000, found 0$/m,
    ],
    ['an empty list', 'fleet: { pools: [] }', /^fleet\.pools: must have at least 1 entries, found \[\]$/m],
    ['a future version', 'version: 2', /^version: must be one of 1, found 2$/m],
    ['an empty name', 'name: ""', /^name: must be lower-case/m],
    ['a pattern without rate', 'traffic: { pattern: ramp }', /^traffic\.high: must be a rate >= low \(0\)$/m],
    [
      'no traffic at all',
      'traffic: {}',
      /^traffic: needs exactly one of pattern, file, clients, mix or sequence, found none/m,
    ],
    [
      'two sources of traffic',
      'traffic: { pattern: ramp, high: 3, file: x.csv }',
      /^traffic: needs exactly one of .*, found pattern and file/m,
    ],
  ];
  for (const [what, line, message] of bad) {
    it(`refuses ${what}, and says which field, value and range`, () => {
      const key = line.split(':')[0] as string;
      const text = MINIMAL.split('\n').filter((one) => !one.startsWith(`${key}:`));
      const result = parseScenario([...text, line].join('\n'));
      expect(result.ok).to.equal(false);
      if (!result.ok) expect(result.error).to.match(message);
    });
  }

  it('reports all problems together', () => {
    const result = parseScenario(`${MINIMAL}seed: -1\nmissPrice: 0\n`);
    expect(result.ok ? '' : result.error.split('\n')).to.have.length(2);
  });

  it('says where a file stops being YAML', () => {
    const result = parseScenario('version: 1\n  name: [');
    expect(result.ok ? '' : result.error).to.match(/line \d+/);
  });

  it('refuses aliases that multiply, and a number that is none by its name', () => {
    const levels = ['a: &a [1,1,1,1,1,1,1,1,1,1]'];
    for (const [inner, outer] of ['ab', 'bc', 'cd', 'de'])
      levels.push(`${outer}: &${outer} [${Array(10).fill(`*${inner}`).join(',')}]`);
    const bomb = parseScenario(levels.join('\n'));
    expect(bomb.ok ? '' : bomb.error).to.match(/alias/);
    const nan = parseScenario(MINIMAL.replace(/high: [\d.]+/, 'high: .nan'));
    expect(nan.ok ? '' : nan.error).to.match(/traffic\.high: .*found NaN/);
  });

  it('names the gallery when there is no such scenario', () => {
    const result = readScenario('no-such-scenario');
    expect(result.ok ? '' : result.error).to.match(/no such file/);
  });

  it('has a gallery of at least twenty sound scenarios, each with what it teaches', () => {
    expect(galleryNames().length).to.be.at.least(20);
    for (const name of galleryNames()) {
      const result = readScenario(name);
      expect(result.ok ? result.value.name : result.error, name).to.equal(name);
      expect(result.ok && result.value.teaches.length, name).to.be.above(40);
    }
  });
});

describe('scenario traffic', () => {
  const count = (changes: Partial<ScenarioInput>, text?: string): [number, number] => {
    const { traffic, duration } = buildTraffic(scenario(changes), TEST_PROFILE, createRng(1), {
      lines: () => linesOfText(text ?? ''),
      list: () => undefined,
    });
    let requests = 0;
    while (traffic.next()) requests++;
    return [requests, duration];
  };

  it('comes from a pattern for the duration asked for', () => {
    const [requests, duration] = count({ traffic: { pattern: 'constant', high: 10 }, duration: 300 });
    expect(duration).to.equal(300);
    expect(requests).to.be.within(2780, 3220);
  });

  it('comes from a request trace, told by its header, cut at the duration and scaled', () => {
    const rows = Array.from({ length: 200 }, (_, i) => `${i},10,10`).join('\n');
    const text = `arrival_s,input_tokens,output_tokens\n${rows}`;
    expect(count({ traffic: { file: 'x.csv' }, duration: undefined }, text)).to.deep.equal([200, 199]);
    expect(count({ traffic: { file: 'x.csv' }, duration: 100 }, text)).to.deep.equal([100, 100]);
    expect(count({ traffic: { file: 'x.csv', rate: 2, time: 0.5 }, duration: undefined }, text)).to.deep.equal([
      400, 99.5,
    ]);
  });

  it('comes from a rate trace with the token lengths of the profile', () => {
    const [requests, duration] = count(
      { traffic: { file: 'x.csv', rate: 2 }, duration: undefined },
      'time_s,rate_rps\n0,5\n100,5',
    );
    expect(duration).to.equal(100);
    expect(requests).to.be.within(880, 1120);
  });
});

describe('running a scenario', () => {
  it('gives the same result for the same seed, and the same traffic to another policy', async () => {
    const once = await runScenario({ scenario: scenario(), kind: KIND, policy: createPlanner() });
    const again = await runScenario({ scenario: scenario(), kind: KIND, policy: createPlanner() });
    expect(again).to.deep.equal(once);
    const rival = await runScenario({ scenario: scenario(), kind: KIND, policy: createStatic(2), guards: false });
    expect(rival.statistics.injected).to.equal(once.statistics.injected);
    expect(rival.policy).to.equal('static-2');
  });

  it('takes a static policy at its word when unguarded', async () => {
    const counts: number[] = [];
    const onTick = ({ replicas }: TickRecord): void => void counts.push(replicas.spec);
    await runScenario({ scenario: scenario(), kind: KIND, policy: createStatic(4), guards: false, onTick });
    expect(counts.at(0)).to.be.at.most(4);
    expect(new Set(counts.slice(3))).to.deep.equal(new Set([4]));
  });

  it('gets one replica down past the tolerance of an HPA, as the server does', async () => {
    const rules = {
      stabilizationWindow: 0,
      tolerance: 0.1,
      policies: [{ type: 'Percent' as const, value: 100, period: 15 }],
    };
    const calm = scenario({
      traffic: { pattern: 'constant', high: 2 },
      replicas: { min: 9, max: 10, initial: 10 },
      control: { behavior: { scaleUp: rules, scaleDown: rules } },
    });
    const last = async (guards: boolean): Promise<number> => {
      let spec = 0;
      const onTick = ({ replicas }: TickRecord): void => {
        spec = replicas.spec;
      };
      await runScenario({ scenario: calm, kind: KIND, policy: createStatic(9), guards, onTick });
      return spec;
    };
    expect([await last(true), await last(false)]).to.deep.equal([9, 10]);
  });

  it('lets the guards overrule a policy that starves its fleet', async () => {
    const run = (guards: boolean) => runScenario({ scenario: scenario(), kind: KIND, policy: createStatic(1), guards });
    const [guarded, alone] = [await run(true), await run(false)];
    expect(guarded.statistics.misses).to.be.below(0.8 * alone.statistics.misses);
  });

  it('leaves out the guards that it is told to leave out', async () => {
    const wild = { kind: KIND, policy: createStatic(9) };
    const firstAnswer = async (guards: readonly Guard[]): Promise<number> => {
      let first = Number.NaN;
      const onTick = ({ answer }: TickRecord): void => {
        if (Number.isNaN(first)) first = answer.metricTotal ?? Number.NaN;
      };
      await runScenario({ scenario: scenario(), ...wild, guards, onTick });
      return first;
    };
    expect(await firstAnswer(GUARDS)).to.be.below(9);
    expect(await firstAnswer(GUARDS.filter(({ name }) => name !== 'step'))).to.equal(9);
  });

  it('has policies believe what the operator has declared, and its fleet go on as it is', async () => {
    const beliefs = { throughput: 0.5, coldStart: 3 };
    const told = (changes: Partial<ScenarioInput>) =>
      openScenario({ scenario: scenario(changes), kind: KIND }).run.workload;
    const [truth, belief] = [told({}), told({ beliefs })];
    const throughputOf = ({ profile }: typeof truth): number =>
      profile ? saturationThroughput(profile, profile.meanInputTokens, profile.meanOutputTokens) : Number.NaN;
    expect(throughputOf(belief) / throughputOf(truth)).to.be.closeTo(0.5, 1e-9);
    expect(belief.coldStart).to.equal(3 * (truth.coldStart ?? Number.NaN));
    const { profile, coldStart, ...rest } = belief;
    expect(truth).to.deep.include(rest);
    const play = (changes: Partial<ScenarioInput>) =>
      runScenario({ scenario: scenario(changes), kind: KIND, policy: createStatic(3), guards: false });
    expect((await play({ beliefs })).statistics).to.deep.equal((await play({})).statistics);
  });

  it('ends no later than the clients of the last request give up, and conserves every request', async () => {
    const { statistics } = await runScenario({
      scenario: scenario(),
      kind: KIND,
      policy: createStatic(1),
      guards: false,
    });
    expect(statistics.counted).to.be.within(600, 600 + 60 + 15);
    expect(statistics.unfinished).to.equal(0);
    expect(statistics.injected).to.equal(
      statistics.completed + statistics.timedOut + statistics.rejected + statistics.lost,
    );
  });

  it('holds through an outage of the metrics: refusals are counted and the fleet stays', async () => {
    const counts = new Map<number, number>();
    const result = await runScenario({
      scenario: scenario({ faults: [{ kind: 'metrics-stop', at: 200 }] }),
      kind: KIND,
      policy: createPlanner(),
      onTick: ({ tick, replicas }) => counts.set(tick, replicas.spec),
    });
    expect(result.refusals).to.be.above(10);
    expect(counts.get(600)).to.equal(counts.get(480));
  });

  it('can be stepped by hand, without a promise per tick', () => {
    const { run, duration } = openScenario({ scenario: scenario(), kind: KIND });
    for (let tick = 15; tick <= duration; tick += 15) {
      run.advanceTo(tick);
      run.answer(run.window(tick).series.readyReplicas.at(-1));
    }
    expect(run.finish().injected).to.be.above(1000);
  });
});
