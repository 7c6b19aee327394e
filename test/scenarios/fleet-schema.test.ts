import { expect } from 'chai';
import { medianColdStart } from '../../src/kisim/fleet/cold-start.js';
import { createStatic } from '../../src/policies/static.js';
import { buildFleet, clientPatience } from '../../src/scenarios/build-fleet.js';
import { checkScenario, parseScenario } from '../../src/scenarios/read-scenario.js';
import { openScenario, runScenario, workloadOf } from '../../src/scenarios/run-scenario.js';
import type { Scenario } from '../../src/scenarios/scenario.js';
import { ScenarioError } from '../../src/scenarios/scenario-error.js';
import { kindOf } from '../kisim/support/kinds.js';

const HEAD = `
version: 1
name: test
profile: demo-small
replicas: { min: 1, max: 8, initial: 3 }
duration: 10m
traffic: { pattern: constant, high: 6 }
`;

const EVERYTHING = `${HEAD}
router: power-of-two
clientTimeout: 20s
fleet:
  coldStart:
    phases:
      schedule: { quantiles: { p50: 0s, p90: 20s, p99: 5m } }
      image: 40s
      weights: { median: 20s, sigma: 0.3 }
      engine: { median: 30s }
      warmup: 10s
    cached: { weights: 4s }
    servesCold: {}
  pools:
    - { name: base, count: 2 }
    - { name: spot, share: 2, pricePerHour: 1.5, gpu: nvidia.com/mig-1g.10gb }
    - { name: big, share: 1, profile: h100-llama-3.1-8b, coldStart: { phases: { engine: 90s } } }
  nodes:
    - { name: metal, gpusPerNode: 4, provisioning: none }
    - { name: cloud, gpusPerNode: 2, count: 0, max: 3, zones: [a, b], provisioning: { median: 60s, sigma: 0.2 } }
    - { name: slices, gpu: nvidia.com/mig-1g.10gb, gpusPerNode: 7, count: 1, max: 2, capacity: spot, zones: [b] }
  drain: { mode: redirect, grace: 20s }
  gatewayCapacity: 50
  queueCap: 100
  retries: { attempts: 4, budget: unlimited }
  failures: { podMtbf: 2h, nodeMtbf: 4h, nodeRepair: 10m, spotMtbf: 1h }
faults:
  - { kind: zone-loss, at: 2m, until: 4m, zone: b }
  - { kind: spot-reclaim, at: 5m }
  - { kind: rollout, at: 6m, maxSurge: 1, maxUnavailable: 25% }
  - { kind: oom, at: 1m, until: 3m }
`;

function parsed(text: string): Scenario {
  const result = parseScenario(text);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

describe('the fleet of a scenario file', () => {
  it('is what it was before there was such a block, where it is left out', () => {
    const scenario = parsed(HEAD);
    const fleet = buildFleet(scenario, kindOf(scenario.profile));
    expect(fleet).to.deep.include({
      coldStart: { median: 90, sigma: 0.15 },
      drainMode: 'wait',
      drainGrace: 30,
      gatewayCapacity: 1000,
      failures: { spotNotice: 120 },
      router: 'least-outstanding',
      clientTimeout: 60,
    });
    expect(fleet).to.not.have.any.keys('pools', 'nodePools', 'retries');
  });

  it('can say everything, and means the same when it is checked again', () => {
    const scenario = parsed(EVERYTHING);
    const again = checkScenario(scenario);
    expect(again.ok && again.value).to.deep.equal(scenario);
    const fleet = buildFleet(scenario, kindOf(scenario.profile));
    expect(fleet.coldStart).to.deep.equal({
      phases: {
        schedule: {
          quantiles: [
            [0.5, 0],
            [0.9, 20],
            [0.99, 300],
          ],
        },
        image: { median: 40, sigma: 0 },
        weights: { median: 20, sigma: 0.3 },
        engine: { median: 30, sigma: 0.15 },
        warmup: { median: 10, sigma: 0 },
      },
      cached: { weights: { median: 4, sigma: 0 } },
      servesCold: { slowdown: 4 },
    });
    expect(
      fleet.pools?.map(({ name, gpus, gpu, pricePerHour, count, share }) => [
        name,
        gpus,
        gpu,
        pricePerHour,
        count,
        share,
      ]),
    ).to.deep.equal([
      ['base', 1, 'nvidia.com/gpu', kindOf('demo-small').profile.pricePerHour, 2, undefined],
      ['spot', 1, 'nvidia.com/mig-1g.10gb', 1.5, undefined, 2],
      ['big', 1, 'nvidia.com/gpu', kindOf('h100-llama-3.1-8b').profile.pricePerHour, undefined, 1],
    ]);
    expect(
      fleet.nodePools?.map(({ name, count, max, priceFactor, provisioning }) => [
        name,
        count,
        max,
        priceFactor,
        provisioning?.constructor,
      ]),
    ).to.deep.equal([
      ['metal', 1, 1, 1, undefined],
      ['cloud', 0, 3, 1, Object],
      ['slices', 1, 2, 0.5, Object],
    ]);
    expect(fleet.retries).to.include({ attempts: 4, budget: Number.POSITIVE_INFINITY, jitter: 1 });
    // An operator declares what a start takes until the pod is ready: the medians of its phases, here without the warm-up.
    expect(workloadOf(scenario, kindOf(scenario.profile)).coldStart).to.equal(0 + 40 + 20 + 30);
  });

  it('is played to the end with every request accounted for', async () => {
    const scenario = parsed(EVERYTHING);
    const kind = kindOf(scenario.profile);
    const { statistics } = await runScenario({ scenario, kind, policy: createStatic(5) });
    const { injected, completed, timedOut, rejected, lost, unfinished } = statistics;
    expect(injected).to.be.above(1000);
    expect(injected).to.equal(completed + timedOut + rejected + lost + unfinished);
    expect(statistics.dollars).to.be.above(0);
  });

  it('lets clients be as patient as all their attempts and waits together', () => {
    expect(clientPatience(parsed(HEAD))).to.equal(60);
    expect(
      clientPatience(
        parsed(`${HEAD}clientTimeout: 10s\nfleet: { retries: { attempts: 4, backoff: 2s, maxBackoff: 5s } }`),
      ),
    ).to.equal(10 + (2 + 10) + (4 + 10) + (5 + 10));
  });

  it('counts its replicas by phase', () => {
    const scenario = parsed(`${HEAD}fleet: { coldStart: { phases: { image: 30s, engine: 60s } } }`);
    const { run } = openScenario({ scenario, kind: kindOf(scenario.profile) });
    run.applySpec(5);
    run.advanceTo(29);
    expect(run.replicas).to.deep.include({ ready: 3, starting: 2, unschedulable: 0 });
    expect(run.replicas.phases).to.deep.equal({ schedule: 0, node: 0, image: 2, weights: 0, engine: 0, warmup: 0 });
    run.advanceTo(31);
    expect(run.replicas.phases).to.include({ image: 0, engine: 2 });
    run.advanceTo(91);
    expect(run.replicas).to.deep.include({ ready: 5, starting: 0 });
  });

  const bad: readonly [string, string, RegExp][] = [
    [
      'an unknown phase',
      'fleet: { coldStart: { phases: { boot: 3s } } }',
      /^fleet\.coldStart\.phases: unknown key boot/m,
    ],
    [
      'a delay that is none',
      'fleet: { coldStart: { phases: { image: soon } } }',
      /^fleet\.coldStart\.phases\.image\.median: must be a duration from 0s/m,
    ],
    [
      'a delay of two kinds',
      'fleet: { coldStart: { phases: { image: { median: 1s, quantiles: { p50: 1s } } } } }',
      /^fleet\.coldStart\.phases\.image: needs either median or quantiles/m,
    ],
    [
      'quantiles that fall',
      'fleet: { coldStart: { phases: { image: { quantiles: { p50: 9s, p90: 3s } } } } }',
      /quantiles: must not fall/m,
    ],
    [
      'a percentile of no kind',
      'fleet: { coldStart: { phases: { image: { quantiles: { median: 9s } } } } }',
      /must be a percentile like p50/m,
    ],
    [
      'two cold starts',
      'coldStart: { median: 3m }\nfleet: { coldStart: { phases: { image: 1s } } }',
      /^coldStart\.median: must be absent with fleet\.coldStart, found "3m"$/m,
    ],
    [
      'a cold start without phases',
      'fleet: { coldStart: { servesCold: {} } }',
      /^fleet\.coldStart: needs either data or phases/m,
    ],
    [
      'a node phase beside nodes',
      'fleet: { coldStart: { phases: { node: 1m } }, nodes: [{ name: n }] }',
      /^fleet\.coldStart\.phases\.node: must be absent/m,
    ],
    [
      'fewer nodes than there are',
      'fleet: { nodes: [{ name: n, count: 3, max: 2 }] }',
      /^fleet\.nodes\.0\.max: must be >= count \(3\), found 2$/m,
    ],
    [
      'two pools of one name',
      'fleet: { pools: [{ name: a }, { name: a }] }',
      /^fleet\.pools\.1\.name: must be another name/m,
    ],
    [
      'an unknown way to drain',
      'fleet: { drain: { mode: slowly } }',
      /^fleet\.drain\.mode: must be one of immediate, wait, redirect, found "slowly"$/m,
    ],
    [
      'no attempt at all',
      'fleet: { retries: { attempts: 0 } }',
      /^fleet\.retries\.attempts: must be from 1 to 100, found 0$/m,
    ],
    [
      'a budget that is none',
      'fleet: { retries: { budget: plenty } }',
      /^fleet\.retries\.budget: must be unlimited or a number from 0 to 100/m,
    ],
    [
      'failures of nodes without nodes',
      'fleet: { failures: { nodeMtbf: 1h } }',
      /^fleet\.failures\.nodeMtbf: must be absent without nodes/m,
    ],
    [
      'a lost zone that is not there',
      'fleet: { nodes: [{ name: n }] }\nfaults: [{ kind: zone-loss, at: 1, zone: q }]',
      /^faults\.0\.zone: must be one of a, found "q"$/m,
    ],
    ['a lost node without nodes', 'faults: [{ kind: node-loss, at: 1 }]', /^faults\.0\.kind: needs fleet\.nodes/m],
    [
      'a reclaimed node where none is spot',
      'fleet: { nodes: [{ name: n }] }\nfaults: [{ kind: spot-reclaim, at: 1 }]',
      /^faults\.0\.kind: needs a pool of fleet\.nodes with capacity: spot/m,
    ],
  ];
  for (const [what, text, message] of bad) {
    it(`refuses ${what}, and says which field, value and range`, () => {
      const result = parseScenario(`${HEAD}${text}`);
      expect(result.ok ? '' : result.error).to.match(message);
    });
  }

  it('takes measured cold starts by name, for all pods or for a pool, and what is said beside them', () => {
    const scenario = parsed(
      `${HEAD}fleet: { coldStart: nvme-8b, pools: [{ name: a }, { name: b, coldStart: { data: gp3-8b, servesCold: {} } }] }`,
    );
    const { coldStart, pools } = buildFleet(scenario, kindOf(scenario.profile));
    expect(medianColdStart(coldStart)).to.be.closeTo(1 + 4.51 + 42 + 3.72, 0.01);
    expect(pools?.map((pool) => Math.round(medianColdStart(pool.coldStart)))).to.deep.equal([51, 67]);
  });

  const unplayable: readonly [string, string, RegExp][] = [
    [
      'an unknown cold start',
      'fleet: { coldStart: fast }',
      /^fleet\.coldStart: unknown cold start "fast"; there are .*nvme-8b/,
    ],
    [
      'a pool of an unknown profile',
      'fleet: { pools: [{ name: a, profile: nowhere }] }',
      /^fleet\.pools\.0\.profile: unknown profile "nowhere"/,
    ],
    [
      'a pod larger than every node',
      'fleet: { pools: [{ name: a, profile: h100-llama-3.1-70b-tp4 }], nodes: [{ name: n, gpusPerNode: 2 }] }',
      /^fleet\.pools\.0: a pod needs 4 nvidia\.com\/gpu on one node; fleet\.nodes has at most 2$/,
    ],
    [
      'a resource that no node has',
      'fleet: { nodes: [{ name: n, gpu: slices }] }',
      /^profile: a pod needs 1 nvidia\.com\/gpu on one node; fleet\.nodes has at most 0$/,
    ],
  ];
  for (const [what, text, message] of unplayable) {
    it(`cannot be played with ${what}`, () => {
      const scenario = parsed(`${HEAD}${text}`);
      expect(() => buildFleet(scenario, kindOf(scenario.profile))).to.throw(ScenarioError, message);
    });
  }
});
