import { expect } from 'chai';
import {
  countAcausal,
  countFalls,
  countSplitDifferences,
  countUnconserved,
  countUnequalTwins,
  doubledP50,
  playRandomFleet,
  playRisingLoad,
  playShrinkingFleet,
} from '../fidelity/laws/laws.js';

/** The short form; `make fidelity` takes 200 seeds of 2,000 requests. */
const COUNT = 600;
const SEEDS = [1, 2, 3];

describe('laws of a simulated fleet', () => {
  for (const seed of SEEDS) {
    const { play, timeout } = playRandomFleet(seed, COUNT);

    it(`every request ends in exactly one outcome (seed ${seed})`, () => {
      expect(countUnconserved(play, COUNT)).to.deep.include({ broken: 0 });
    });

    it(`nothing comes before its cause (seed ${seed})`, () => {
      expect(countAcausal(play, timeout)).to.deep.equal({ looks: COUNT, broken: 0 });
    });
  }

  it('the same requests, faster: no latency falls', () => {
    expect(countFalls(playRisingLoad(1, COUNT))).to.deep.equal({ looks: 30, broken: 0 });
  });

  it('the same requests on fewer replicas: no latency falls', () => {
    expect(countFalls(playShrinkingFleet(1, COUNT))).to.deep.equal({ looks: 30, broken: 0 });
  });

  it('every request twice on twice the replicas: each pair lives the life of the one', () => {
    expect(countUnequalTwins(1, COUNT)).to.deep.equal({ looks: 2 * COUNT, broken: 0 });
  });

  it('twice the replicas and twice the load: the same median', () => {
    const { mean, halfWidth } = doubledP50(10, COUNT);
    expect(Math.abs(mean)).to.be.below(Math.max(0.01, halfWidth));
  });

  it('a run split where it is idle: the same records', () => {
    expect(countSplitDifferences(1, COUNT)).to.deep.equal({ looks: 2 * COUNT, broken: 0 });
  });

  it('break when they are broken: a fleet that slows down, a lost record, an end before its beginning', () => {
    const { play, timeout } = playRandomFleet(1, COUNT);
    expect(countUnconserved({ ...play, records: play.records.slice(1) }, COUNT).broken).to.be.above(0);
    const [first, ...rest] = play.records;
    if (!first) throw new Error('no records');
    const early = { ...first, finishedAt: first.arrival - 1 };
    expect(countAcausal({ ...play, records: [early, ...rest] }, timeout).broken).to.equal(1);
    expect(countFalls([...playRisingLoad(1, 200)].reverse()).broken).to.be.above(20);
  });
});
