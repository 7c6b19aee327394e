import { expect } from 'chai';
import { OBSERVATION_SIZE } from '../../../src/decision/observation.js';
import { joinSamples, targetOf } from '../../../src/training/forecaster/samples.js';

describe('a target', () => {
  it('is told relative to the load: 0 where nothing changes', () => {
    expect(targetOf(3, 3)).to.equal(0);
    expect(targetOf(2 * (3 + 0.2) - 0.2, 3)).to.be.closeTo(1, 1e-12);
  });
});

describe('sample sets', () => {
  it('join in order, without the rows beyond their counts', () => {
    const set = (count: number, value: number, capacity = count) => ({
      count,
      rows: new Float32Array(capacity * OBSERVATION_SIZE).fill(value),
      targets: new Float32Array(capacity * 2).fill(value),
    });
    const { count, rows, targets } = joinSamples([set(2, 1, 5), set(0, 9), set(1, 3)]);
    expect(count).to.equal(3);
    expect([...targets]).to.deep.equal([1, 1, 1, 1, 3, 3]);
    expect(rows[2 * OBSERVATION_SIZE]).to.equal(3);
  });
});
