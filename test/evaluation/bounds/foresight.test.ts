import { expect } from 'chai';
import { ok } from '../../../src/base/result.js';
import { DEFAULT_QPLAN, type Forecast, LEVELS } from '../../../src/decision/forecast.js';
import { BOUNDS } from '../../../src/evaluation/bounds/bounds.js';
import { foresee } from '../../../src/evaluation/bounds/foreseen.js';
import {
  createForesight,
  type ForesightPlan,
  foresightName,
  parseForesightName,
} from '../../../src/evaluation/bounds/foresight.js';
import { loadReplicaKind } from '../../../src/kisim/replica-kind.js';
import { openScenario } from '../../../src/scenarios/run-scenario.js';
import { shortCase } from './short-case.js';

const one = shortCase('spike', { coldStart: 60, duration: 900 });
const loaded = loadReplicaKind('demo-small');
if (!loaded.ok) throw new Error(loaded.error);
const world = { scenario: one.scenario, kind: loaded.value, seed: 1 };

/** What a law says of every quarter minute of the world, the forecaster guessing 7 replicas everywhere. */
async function forecastsOf(knows: ForesightPlan['knows']): Promise<readonly Forecast[]> {
  const guess = LEVELS.map(() => 7);
  const policy = createForesight(
    world,
    { knows, options: { ...DEFAULT_QPLAN, targetUtilization: 0.8, hourFloor: 0 } },
    { forecast: async (batch) => batch.map(() => ok({ short: guess, long: guess })) },
  );
  const { run } = openScenario(world);
  const found: Forecast[] = [];
  for (let tick = 0; tick < 900; tick += 15) {
    const [proposal] = await policy.propose([{ workload: run.workload, window: run.window(tick) }]);
    if (proposal?.ok && proposal.forecast) found.push(proposal.forecast);
    run.advanceTo(tick + 15);
  }
  return found;
}

describe('foresight', () => {
  it('is planned by a name that reads back, and refuses settings that it cannot have', () => {
    const options = { targetUtilization: 0.7, hourFloor: 0 };
    expect(parseForesightName(foresightName('foresight-short', options))).to.deep.equal({
      ok: true,
      value: { knows: ['short'], options: { tau: 0, ...options } },
    });
    expect(parseForesightName('qplan:tau=0.5')).to.equal(undefined);
    expect(parseForesightName('foresight-short:hourFloor=9')).to.deep.equal({
      ok: false,
      error: 'foresight-short: hourFloor: must be a number from 0 to 5, found 9',
    });
  });

  it('knows the peak of what comes on its horizons, and guesses on the other', async () => {
    const { arrival, throughput } = foresee(world);
    const countIn = (from: number, to: number): number => arrival.filter((at) => at >= from && at < to).length;
    const forecasts = await forecastsOf(['short']);
    expect(forecasts).to.have.length(60);
    for (const [i, { short, long }] of forecasts.entries()) {
      // Within a cold start of 60 s and half a minute there are three minutes that begin with a tick.
      const minutes = [0, 1, 2].map((k) => countIn(15 * (i + k), 15 * (i + k) + 60) / 60 / throughput);
      for (const quantile of short) expect(quantile).to.be.closeTo(Math.max(...minutes), 1e-9);
      expect(new Set(long)).to.deep.equal(new Set([7]));
    }
  });

  it('never expects less of a longer horizon', async () => {
    for (const { short, long } of await forecastsOf(['short', 'long']))
      expect(long[0]).to.be.at.least((short[0] as number) - 1e-9);
  });

  it('is an error without a model, not another law', () => {
    const plan = { knows: ['short'], options: { ...DEFAULT_QPLAN, targetUtilization: 0.8, hourFloor: 0 } } as const;
    expect(() => createForesight(world, plan, undefined)).to.throw('no model is there to load');
  });

  it('is played at every setting and price, and told by the best of them for all windows together', () => {
    const bound = BOUNDS.find(({ name }) => name === 'foresight');
    const runs = bound?.plan({ cases: [one], prices: [10, 30], seeds: [1] }) ?? [];
    expect(runs).to.have.length(2 * 12);
    for (const { policy } of runs) expect(parseForesightName(policy)?.ok, policy).to.equal(true);
  });
});
