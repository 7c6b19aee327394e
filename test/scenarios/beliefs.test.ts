import { expect } from 'chai';
import { saturationThroughput } from '../../src/decision/serving-profile.js';
import { loadReplicaKind } from '../../src/kisim/replica-kind.js';
import { believedProfile } from '../../src/scenarios/beliefs.js';

describe('a believed profile', () => {
  for (const name of ['demo-small', 'a100-80-qwen3-32b', 't4-resnet-50'])
    it(`of ${name} serves so many times as much, whatever it is asked`, () => {
      const kind = loadReplicaKind(name);
      if (!kind.ok) throw new Error(kind.error);
      const { profile } = kind.value;
      for (const factor of [0.5, 1, 1.5])
        for (const [input, output] of [
          [100, 20],
          [4000, 800],
        ] as const) {
          const believed = believedProfile(profile, factor);
          const ratio = saturationThroughput(believed, input, output) / saturationThroughput(profile, input, output);
          expect(ratio).to.be.closeTo(factor, 1e-9);
          expect(believed.maxNumSeqs).to.equal(profile.maxNumSeqs);
        }
    });
});
