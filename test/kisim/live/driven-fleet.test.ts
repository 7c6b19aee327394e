import { expect } from 'chai';
import { ManualClock } from '../../../src/base/clock.js';
import { DrivenFleet } from '../../../src/kisim/live/driven-fleet.js';
import { replicaKindOf } from '../../../src/kisim/replica-kind.js';
import { TEST_PROFILE, testTraffic } from '../support/runs.js';

describe('driven fleet', () => {
  let clock: ManualClock;
  let fleet: DrivenFleet;

  beforeEach(() => {
    clock = new ManualClock(1_700_000_000);
    fleet = open();
  });

  function open(options: { readonly countFrom?: number } = {}): DrivenFleet {
    return new DrivenFleet({
      namespace: 'test',
      modelName: 'demo/chat',
      profile: TEST_PROFILE,
      createReplica: replicaKindOf(TEST_PROFILE).createReplica,
      slo: { metric: 'ttft', limit: 2 },
      traffic: testTraffic(1, { low: 3, high: 3, duration: 300 }),
      clock,
      router: 'least-outstanding',
      clientTimeout: 60,
      gatewayCapacity: 1000,
      seed: 1,
      ...options,
    });
  }

  const waiting = (pod: string): number =>
    ['vllm:num_requests_running', 'vllm:num_requests_waiting']
      .map((name) => fleet.podFamilies(pod)?.find((family) => family.name === name)?.samples[0]?.value ?? Number.NaN)
      .reduce((sum, value) => sum + value, 0);
  const ended = (): number => Object.values(fleet.ledger.outcomes).reduce((sum, count) => sum + count, 0);

  it('holds requests at the gateway until the first pod is ready, and then serves them', async () => {
    await clock.advance(5);
    fleet.advance();
    const before = fleet.ledger.inFlight;
    expect([before > 5, ended()]).to.deep.equal([true, 0]);
    fleet.start('a');
    expect(waiting('a')).to.equal(before);
    await clock.advance(60);
    fleet.advance();
    expect(fleet.ledger.outcomes.completed).to.be.above(before);
  });

  it('serves what arrives before it counts, and counts only what arrives afterwards', async () => {
    const late = open({ countFrom: 20 });
    for (const one of [fleet, late]) one.start('a');
    await clock.advance(20);
    for (const one of [fleet, late]) one.advance();
    const before = fleet.ledger.injected;
    expect([before > 0, late.ledger.injected]).to.deep.equal([true, 0]);
    await clock.advance(100);
    for (const one of [fleet, late]) one.advance();
    expect(late.ledger.injected).to.equal(fleet.ledger.injected - before);
    expect(late.podFamilies('a')).to.deep.equal(fleet.podFamilies('a'));
  });

  it('ends every request once, whatever happens to the pods', async () => {
    for (const step of ['start a', 'start b', 'drain a', 'remove a', 'start c', 'remove b', 'start a', 'drain c']) {
      const [verb, name] = step.split(' ') as ['start' | 'drain' | 'remove', string];
      fleet[verb](name);
      await clock.advance(7);
      fleet.advance();
      const { injected, inFlight } = fleet.ledger;
      expect(ended() + inFlight, step).to.equal(injected);
    }
  });

  it('drains: nothing new, what is there is finished, and then it is empty', async () => {
    fleet.start('a');
    fleet.start('b');
    await clock.advance(20);
    fleet.drain('a');
    expect([fleet.readyReplicas, fleet.isEmpty('a'), fleet.servingPods()]).to.deep.equal([1, false, ['a', 'b']]);
    const held = waiting('a');
    await clock.advance(30);
    expect([held > 0, fleet.isEmpty('a'), waiting('a')]).to.deep.equal([true, true, 0]);
    fleet.remove('a');
    expect([fleet.servingPods(), fleet.podFamilies('a'), fleet.ledger.outcomes.lost]).to.deep.equal([
      ['b'],
      undefined,
      0,
    ]);
  });

  it('loses what a pod had that is gone at once', async () => {
    fleet.start('a');
    await clock.advance(20);
    const held = waiting('a');
    fleet.remove('a');
    expect([held > 0, fleet.ledger.outcomes.lost]).to.deep.equal([true, held]);
  });

  it('begins anew under an old name: counters at zero', async () => {
    fleet.start('a');
    await clock.advance(30);
    const prompts = (): number =>
      fleet.podFamilies('a')?.find(({ name }) => name === 'vllm:prompt_tokens_total')?.samples[0]?.value ?? Number.NaN;
    expect(prompts()).to.be.above(0);
    fleet.remove('a');
    fleet.start('a');
    expect(prompts()).to.equal(0);
    fleet.start('a');
    expect(fleet.readyReplicas, 'told twice').to.equal(1);
  });

  it('shows GPUs of the pods that are there', async () => {
    fleet.start('a');
    await clock.advance(30);
    const [free] = fleet.dcgmFamilies();
    expect(free?.samples.map(({ labels }) => labels['pod'])).to.deep.equal(['a']);
    const active = fleet.dcgmFamilies().find(({ name }) => name === 'DCGM_FI_PROF_GR_ENGINE_ACTIVE');
    expect(active?.samples[0]?.value).to.be.within(0.01, 1);
  });
});
