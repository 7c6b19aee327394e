import { expect } from 'chai';
import { saturationThroughput } from '../../../src/decision/serving-profile.js';
import { sourceOf } from '../../../src/evaluation/matrix/matrix.js';
import { matrixCases } from '../../../src/evaluation/matrix/matrix-cases.js';
import { loadMatrix } from '../../../src/evaluation/matrix/matrix-file.js';
import { FAULTS, findVariations, VARIATION_NAMES } from '../../../src/evaluation/stress/find-variations.js';
import { measureLatency } from '../../../src/evaluation/stress/measure-latency.js';
import type { Measured, Unvaried, Variation } from '../../../src/evaluation/stress/variation.js';
import { OTHER_PROFILES, VARIATIONS } from '../../../src/evaluation/stress/variations.js';
import { loadReplicaKind } from '../../../src/kisim/replica-kind.js';
import { createPlanner } from '../../../src/policies/planner.js';
import { checkScenario } from '../../../src/scenarios/read-scenario.js';
import { runScenario } from '../../../src/scenarios/run-scenario.js';
import type { Scenario } from '../../../src/scenarios/scenario.js';
import { LATENCIES } from '../../../src/scenarios/served-latency.js';
import { TRAINING_PROFILES } from '../../../src/training/worlds/world.js';

const { matrix } = loadMatrix();

/** One window of every source that is not judged; where its files are does not matter, nothing opens them. */
const WINDOWS: readonly Unvaried[] = (['train', 'select'] as const)
  .flatMap((split) => matrixCases(matrix, split, { data: '.' }))
  .filter(({ traffic }) => traffic.endsWith('/short-02'))
  .map(({ scenario, traffic }, index) => ({
    scenario,
    index,
    lengths: matrix.sources.find(({ name }) => name === sourceOf(traffic))?.lengths ?? 'profile',
  }));

/** In place of what is measured: slower where the name is longer, and the answers are. */
const GUESSED: Measured = {
  latency: async ({ length }, lengths) => {
    const e2e = length + (lengths === 'profile' ? 0 : lengths.output / 10);
    return { ttft: e2e / 10, e2e };
  },
};

const named = (name: string): Variation => VARIATIONS.find((one) => one.name === name) as Variation;

/** Paths of the leaves at which two values differ. */
function differing(one: unknown, other: unknown, path = ''): readonly string[] {
  if (Object.is(one, other)) return [];
  const areObjects = [one, other].every((value) => typeof value === 'object' && value !== null);
  if (!areObjects) return [path];
  const [a, b] = [one as Record<string, unknown>, other as Record<string, unknown>];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
    differing(a[key], b[key], path === '' ? key : `${path}.${key}`),
  );
}

/** Load in replicas that a scenario offers at its highest. */
function loadOf({ profile, traffic }: Scenario, lengths: Unvaried['lengths']): number {
  const kind = loadReplicaKind(profile);
  if (!kind.ok) throw new Error(kind.error);
  const { meanInputTokens, meanOutputTokens } = kind.value.profile;
  const { input, output } = lengths === 'profile' ? { input: meanInputTokens, output: meanOutputTokens } : lengths;
  return (traffic.peak ?? traffic.high ?? 0) / saturationThroughput(kind.value.profile, input, output);
}

describe('a variation', () => {
  it('has a name of its own, and a meaning', () => {
    expect(new Set(VARIATION_NAMES).size).to.equal(VARIATION_NAMES.length);
    for (const { name, meaning } of VARIATIONS) {
      expect(name).to.match(/^[a-z0-9-]+$/);
      expect(meaning).to.match(/^\S.{20,}[^.]$/);
    }
  });

  for (const { name, changes, vary } of VARIATIONS)
    it(`${name} changes what it says and nothing else, and gives a scenario`, async () => {
      const changed = new Set<string>();
      for (const window of WINDOWS) {
        const before = structuredClone(window.scenario);
        const varied = await vary(window, GUESSED);
        expect(window.scenario).to.deep.equal(before);
        if (!varied) continue;
        const paths = differing(window.scenario, varied);
        expect(paths).not.to.deep.equal([]);
        for (const path of paths) {
          const said = changes.find((one) => path === one || path.startsWith(`${one}.`));
          expect(said, path).not.to.equal(undefined);
          changed.add(said as string);
        }
        const checked = checkScenario(varied);
        expect(checked.ok ? '' : checked.error).to.equal('');
      }
      expect([...changed]).to.have.members([...changes]);
    });

  it('strikes while requests are counted, and what lasts is over before they end', async () => {
    for (const name of [
      'pod-crash',
      'node-loss',
      'metrics-stop',
      'half-scraped',
      'stock-out-in-surge',
      'rollout-in-surge',
    ])
      for (const window of WINDOWS) {
        const varied = await named(name).vary(window, GUESSED);
        const { warmup, duration = 0 } = window.scenario;
        for (const fault of varied?.faults ?? []) {
          expect(fault.at, name).to.be.within(warmup, duration);
          if ('until' in fault) expect(fault.until, name).to.be.within(fault.at, duration);
        }
      }
  });

  it('of profiles keeps the load in replicas and how tight the objective is, and uses what no training saw', async () => {
    for (const window of WINDOWS) {
      const varied = (await named('other-profiles').vary(window, GUESSED)) as Scenario;
      expect(loadOf(varied, window.lengths)).to.be.closeTo(loadOf(window.scenario, window.lengths), 1e-6);
      const tightness = async ({ profile, slo }: Scenario): Promise<number> =>
        slo.limit / (await GUESSED.latency(profile, window.lengths))[slo.metric];
      expect(await tightness(varied)).to.be.closeTo(await tightness(window.scenario), 1e-2);
    }
    const seen = [...matrix.windows.map(({ profile }) => profile), ...Object.keys(TRAINING_PROFILES)];
    const hardwareOf = (name: string): readonly string[] => {
      const kind = loadReplicaKind(name);
      if (!kind.ok) throw new Error(kind.error);
      return [name.replace(/-(llama|qwen|yi|mistral).*/, ''), name.replace(/.*-(?=llama|qwen|yi|mistral)/, '')];
    };
    const known = new Set(seen.flatMap(hardwareOf));
    for (const profile of OTHER_PROFILES)
      for (const part of hardwareOf(profile)) expect(known.has(part), `${profile}: ${part}`).to.equal(false);
  });

  it('of preemption makes requests be preempted that were not', async () => {
    const window = WINDOWS.find(({ scenario }) => scenario.profile === 'demo-small' && scenario.traffic.pattern);
    if (!window) return expect.fail('no such window');
    const preemptions = async (scenario: Scenario | undefined): Promise<number> => {
      const kind = loadReplicaKind('demo-small');
      if (!kind.ok || !scenario) throw new Error('no scenario');
      const short = { ...scenario, duration: scenario.warmup + 600 };
      const { statistics } = await runScenario({ scenario: short, kind: kind.value, policy: createPlanner() });
      return statistics.preemptions / statistics.injected;
    };
    expect(await preemptions(window.scenario)).to.equal(0);
    expect(await preemptions(await named('preemption').vary(window, { latency: measureLatency }))).to.be.above(0.1);
  });
});

describe('variations by name', () => {
  it('come in the order of the table, with those that they are paired with, and faults by one name', () => {
    const found = (...names: string[]): readonly string[] => {
      const variations = findVariations(names);
      if (!variations.ok) throw new Error(variations.error);
      return variations.value.map(({ name }) => name);
    };
    expect(found()).to.deep.equal(VARIATIONS.map(({ name }) => name));
    expect(found('tolerance', 'capacity-low', 'tolerance')).to.deep.equal(['capacity-low', 'tolerance']);
    expect(found('preemption-no-headroom')).to.deep.equal(['preemption', 'preemption-no-headroom']);
    expect(found(FAULTS)).to.include.members(['pod-crash', 'rollout-in-surge']).and.not.include('tolerance');
  });

  it('are refused with the list of what there is', () => {
    const unknown = findVariations(['earthquake']);
    expect(unknown.ok ? '' : unknown.error).to.match(/^variation earthquake: there are capacity-low, .*, faults$/);
  });
});

describe('latencies that objectives are multiples of', () => {
  for (const index of [0, 2, 9]) {
    const { profile, lengths, ttft, e2e } = LATENCIES[index] as (typeof LATENCIES)[number];
    it(`are what is measured of ${profile} at ${JSON.stringify(lengths)}`, async () => {
      const measured = await measureLatency(profile, lengths);
      expect(measured.ttft).to.be.closeTo(ttft, 0.0005);
      expect(measured.e2e).to.be.closeTo(e2e, 0.005);
    });
  }
});
