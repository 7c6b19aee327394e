import { expect } from 'chai';
import { policyList } from '../../src/cli/option-parsers.js';

describe('a list of policies', () => {
  it('keeps the settings of a policy together', () => {
    expect(policyList('hpa,kpa:targetUtilization=0.5,stableWindow=90,planner,peak:mix=1,static-6')).to.deep.equal([
      'hpa',
      'kpa:targetUtilization=0.5,stableWindow=90',
      'planner',
      'peak:mix=1',
      'static-6',
    ]);
  });

  it('leaves to others what is no name at all', () => {
    expect(policyList('x=1,hpa,,')).to.deep.equal(['x=1', 'hpa', '', '']);
  });
});
