import { expect } from 'chai';
import { integer, policyList } from '../../src/cli/option-parsers.js';

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

describe('a whole number', () => {
  const told = (text: string): string | number => {
    try {
      return integer(text, 256, 1);
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('is taken within its range, and refused with it', () => {
    expect(['1', '256'].map(told)).to.deep.equal([1, 256]);
    for (const text of ['0', '257', '-1', '1,2,3', '2.5', '', 'two'])
      expect(told(text), text).to.equal('must be a whole number from 1 to 256.');
  });
});
