import { expect } from 'chai';
import fc from 'fast-check';
import { GUARDS } from '../../src/decision/guards.js';
import type { Policy } from '../../src/policies/policy.js';
import { createPolicy, LAW_NAMES, parsePolicyName, readPolicy, settingsOf } from '../../src/policies/registry.js';
import {
  formatSettings,
  isChoice,
  SettingError,
  type SettingSpec,
  type Settings,
} from '../../src/policies/settings.js';
import { controlOf } from '../../src/scenarios/policy-control.js';
import { buildWindow, buildWorkload, type SeriesValue } from '../support/windows.js';

async function propose(policy: Policy | undefined, series: Record<string, SeriesValue> = {}): Promise<number> {
  const [proposal] = (await policy?.propose([{ workload: buildWorkload(), window: buildWindow(series) }])) ?? [];
  if (!proposal?.ok) throw new Error('no proposal');
  expect(proposal.policy).to.equal(policy?.name);
  return proposal.replicas;
}

/** Any value that a setting allows. */
function allowed(spec: SettingSpec): fc.Arbitrary<number | string> {
  if (isChoice(spec)) return fc.constantFrom(...spec.choices);
  if (spec.isInteger) return fc.integer({ min: spec.min, max: spec.max });
  // As many digits as a person would write.
  return fc
    .double({ min: spec.min, max: spec.max, noNaN: true })
    .map((value) => Math.min(spec.max, Math.max(spec.min, Number(value.toFixed(3)))));
}

describe('settings of laws', () => {
  it('hold their default within what is allowed, and a sweep within that', () => {
    for (const name of LAW_NAMES)
      for (const [setting, spec] of Object.entries(settingsOf(name) ?? {})) {
        if (isChoice(spec)) continue;
        const [low, high] = spec.sweep ?? [spec.min, spec.max];
        expect(spec.default, `${name} ${setting}`).to.be.within(spec.min, spec.max);
        expect(low, `${name} ${setting}`).to.be.within(spec.min, high);
        expect(high, `${name} ${setting}`).to.be.at.most(spec.max);
        if (spec.scale === 'log') expect(low, `${name} ${setting}`).to.be.above(0);
      }
  });

  it('leave every law as it is when they are the defaults', async () => {
    const series = { queueDepth: 40, runningRequests: 60, gpuUtilization: 0.9, kvUsage: 0.7, p99Latency: 1.4 };
    for (const name of LAW_NAMES) {
      const specs = Object.entries(settingsOf(name) ?? {}).filter(([, spec]) => !isChoice(spec));
      const defaults = Object.fromEntries(specs.map(([key, spec]) => [key, isChoice(spec) ? '' : spec.default]));
      expect(await propose(createPolicy(name, undefined, defaults), series), name).to.equal(
        await propose(createPolicy(name), series),
      );
    }
  });

  it('read back from the name they give, in whatever order they were written', () => {
    const any = fc.constantFrom(...LAW_NAMES).chain((name) => {
      const specs = settingsOf(name) ?? {};
      const values = Object.fromEntries(Object.entries(specs).map(([key, spec]) => [key, allowed(spec)]));
      return fc.tuple(fc.constant(name), fc.record(values, { requiredKeys: [] }) as fc.Arbitrary<Settings>);
    });
    fc.assert(
      fc.property(any, ([name, settings]) => {
        const text = formatSettings(settingsOf(name) ?? {}, settings);
        if (text === '') return;
        const policy = createPolicy(name, undefined, settings);
        expect(policy?.name).to.equal(`${name}:${text}`);
        const reversed = readPolicy(`${name}:${text.split(',').reverse().join(',')}`);
        expect(reversed.ok && reversed.value.name).to.equal(policy?.name);
        const parsed = parsePolicyName(policy?.name ?? '');
        expect(parsed.ok && parsed.value.settings).to.deep.equal(settings);
      }),
      { numRuns: 200 },
    );
  });

  it('change what a law does', async () => {
    const half = createPolicy('kpa', undefined, { targetUtilization: 0.35 });
    expect(half?.name).to.equal('kpa:targetUtilization=0.35');
    // 40 running on 16 slots: 3.6 at 70 %, 7.1 at 35 %.
    expect(await propose(createPolicy('kpa'), { runningRequests: 40 })).to.equal(4);
    expect(await propose(half, { runningRequests: 40 })).to.equal(8);
  });

  it('that all share are floors, and never lower a law', async () => {
    const busy = { queueDepth: 500, gpuUtilization: 1, runningRequests: 60, arrivalRateP95Hour: 30 };
    const idle = { queueDepth: 0, arrivalRateP95Hour: 30, gpuUtilization: 0, kvUsage: 0, p99Latency: 0.1 };
    for (const name of LAW_NAMES) {
      const plain = createPolicy(name);
      for (const series of [busy, idle]) {
        const own = await propose(plain, series);
        const floored = await propose(createPolicy(name, undefined, { minReplicas: 3 }), series);
        expect(floored, name).to.equal(Math.max(3, own));
        let before = 0;
        for (const hourFloor of [0.5, 1, 2]) {
          const replicas = await propose(createPolicy(name, undefined, { hourFloor }), series);
          expect(replicas, `${name} ${hourFloor}`).to.be.at.least(before);
          before = replicas;
        }
        expect(before, name).to.be.at.least(own);
      }
    }
  });

  it('a floor cannot turn a failure into an answer', async () => {
    const policy = createPolicy('hpa-queue', undefined, { minReplicas: 5 });
    const [proposal] =
      (await policy?.propose([{ workload: buildWorkload(), window: buildWindow({ queueDepth: Number.NaN }) }])) ?? [];
    expect(proposal).to.deep.include({ policy: 'hpa-queue:minReplicas=5', ok: false });
  });

  it('are refused by name, range and what was found', () => {
    const wrong: readonly (readonly [string, RegExp])[] = [
      ['kpa:targetUtilization=7', /^policy kpa: targetUtilization: must be a number from 0\.02 to 1, found 7$/],
      ['kpa:targetUtilization=high', /targetUtilization: must be a number from .*, found high/],
      ['kpa:target=0.5', /^policy kpa: target: no such setting, there are targetUtilization, stableWindow/],
      ['peak:ticks=1.5', /ticks: must be a whole number from 1 to 64, found 1\.5/],
      ['hpa:behavior=fast', /behavior: must be kubernetes or recommended, found fast/],
      ['hpa:', /must be name=value, found ""/],
      ['hpa:guards=on,guards=off', /guards: must be given once/],
      ['hpa:__proto__=1', /must be name=value/],
      ['hpa:constructor=1', /constructor: no such setting/],
      ['static-3:minReplicas=4', /minReplicas: no such setting, there are none/],
      ['nobody:x=1', /^policy nobody: there are learned, qplan, planner/],
    ];
    for (const [text, message] of wrong) {
      const read = readPolicy(text);
      expect(read.ok ? '' : read.error, text).to.match(message);
    }
    expect(() => createPolicy('kpa', undefined, { stableWindow: 1 })).to.throw(SettingError, /from 15 to 960, found 1/);
  });

  it('of the loop around a law decide who corrects it and how the HPA moves', () => {
    expect(controlOf('kpa')).to.deep.equal({ guards: false, behavior: 'none' });
    expect(controlOf('kpa:targetUtilization=0.5')).to.deep.equal(controlOf('kpa'));
    expect(controlOf('kpa:guards=on').guards).to.equal(true);
    expect(controlOf('kpa:behavior=recommended').behavior).to.have.property('scaleDown');
    expect(controlOf('planner')).to.deep.equal({});
    expect(controlOf('planner:guards=off')).to.deep.equal({ guards: false });
    for (const guard of GUARDS) {
      const { guards } = controlOf(`planner:guards=without-${guard.name}`);
      expect(guards).to.deep.equal(GUARDS.filter((one) => one !== guard));
    }
    expect(controlOf('learned:hourFloor=1.3')).to.deep.equal({});
    expect(controlOf('static-4')).to.deep.equal({ guards: false });
  });
});
