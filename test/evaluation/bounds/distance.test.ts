import { expect } from 'chai';
import { distanceClosed, distanceClosedAtLevel } from '../../../src/evaluation/bounds/distance.js';
import { compareAll } from '../../../src/evaluation/fronts/compare-all.js';
import { computeScoreboard } from '../../../src/evaluation/scoreboard.js';
import { buildRow } from '../support/rows.js';

describe('distance closed', () => {
  it('is 0 for the best hand-written law and 1 for the clairvoyant, whichever laws are played beside', () => {
    const rows = [
      buildRow({ policy: 'learned', cost: 2.5, missRate: 0 }),
      buildRow({ policy: 'peak', setting: 'mix=1', cost: 3, missRate: 0 }),
      buildRow({ policy: 'kpa', cost: 9, missRate: 0 }),
      buildRow({ policy: 'static-3', cost: 1.5, missRate: 0 }),
      buildRow({ policy: 'clairvoyant', cost: 1, missRate: 0 }),
      buildRow({ policy: 'lower-bound', cost: 0.5, missRate: 0 }),
    ];
    const scores = computeScoreboard(rows, 'kpa');
    const closed = Object.fromEntries(scores.map((score) => [score.policy, distanceClosed(score, scores)]));
    expect(closed).to.deep.equal({
      'lower-bound': 1.25,
      clairvoyant: 1,
      'static-3': 0.75,
      learned: 0.25,
      'peak:mix=1': 0,
      kpa: -3,
    });
  });

  it('is not told without a clairvoyant, or where the law is as good', () => {
    const alone = computeScoreboard([buildRow({ policy: 'peak' })], 'peak');
    expect(distanceClosed(alone[0] as (typeof alone)[0], alone)).to.equal(undefined);
    const equal = computeScoreboard([buildRow({ policy: 'peak' }), buildRow({ policy: 'clairvoyant' })], 'peak');
    expect(distanceClosed(equal[0] as (typeof equal)[0], equal)).to.equal(undefined);
  });

  it('at equal misses counts only traces where both can be told', () => {
    const front = (policy: string, traffic: string, cost: number) =>
      [0.001, 0.02].map((missRate, i) =>
        buildRow({
          policy,
          traffic,
          price: i + 1,
          cost: cost - 0.1 * i,
          missRate,
          missEpisodes: 50,
          replicaHours: 4 * (cost - 0.1 * i),
        }),
      );
    const rows = [
      ...['ramp', 'spike'].flatMap((traffic) => [...front('peak', traffic, 3), ...front('learned', traffic, 2.5)]),
      ...front('clairvoyant', 'ramp', 2),
    ];
    const results = compareAll(rows, { policies: ['learned', 'clairvoyant'], references: ['peak'] }).filter(
      ({ level }) => level === 0.01,
    );
    const of = (name: string) =>
      results.flatMap(({ policy, against }) =>
        policy === name ? against.map((one) => distanceClosedAtLevel(one, results)) : [],
      );
    expect(of('clairvoyant')).to.deep.equal([1]);
    expect(of('learned')[0]).to.be.closeTo(0.5, 1e-9);
  });
});
