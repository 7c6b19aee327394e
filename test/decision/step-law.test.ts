import { expect } from 'chai';
import fc from 'fast-check';
import { saturationThroughput, type VllmProfile } from '../../src/decision/serving-profile.js';
import { compileLaw, type StepLaw, type StepWork, scaleLaw, stepSeconds } from '../../src/decision/step-law.js';
import { TEST_PROFILE } from '../kisim/support/runs.js';
import { KNOTTED_LAW, LINEAR_LAW } from '../support/laws.js';

const LIMIT = 4096;

const works = fc.record({
  tokens: fc.integer({ min: 1, max: LIMIT }),
  decodes: fc.integer({ min: 0, max: 300 }),
  sequences: fc.integer({ min: 1, max: 300 }),
  context: fc.integer({ min: 0, max: 1_000_000 }),
  pairs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e8, noNaN: true })),
});
const decodeOf = (batch: number, context: number): StepWork => ({
  tokens: batch,
  decodes: batch,
  sequences: batch,
  context,
  pairs: 0,
});

describe('step law', () => {
  it('compiled, equals the reference to the last bit', () => {
    for (const law of [LINEAR_LAW, KNOTTED_LAW]) {
      const compiled = compileLaw(law, LIMIT);
      fc.assert(fc.property(works, (work) => compiled(work) === stepSeconds(law, work)));
    }
  });

  it('without knots is the plain linear expression, to the last bit', () => {
    const { base, perToken, perDecode, perKvToken, perPrefillPair } = LINEAR_LAW;
    fc.assert(
      fc.property(works, (work) => {
        const { tokens, decodes, context, pairs } = work;
        const linear = base + perToken * tokens + perDecode * decodes + perKvToken * context + perPrefillPair * pairs;
        return stepSeconds(LINEAR_LAW, work) === linear;
      }),
    );
  });

  it('passes through its knots, is linear between them, and goes on with the last slope', () => {
    const law: StepLaw = {
      base: 0,
      perToken: 0,
      perDecode: 0,
      perKvToken: 0,
      perPrefillPair: 0,
      dense: [
        [2, 1],
        [4, 3],
        [8, 5],
      ],
    };
    const dense = (tokens: number): number => stepSeconds(law, { ...decodeOf(0, 0), tokens });
    expect([1, 2, 3, 4, 6, 8, 10].map(dense)).to.deep.equal([1, 1, 2, 3, 4, 5, 6]);
  });

  it('charges what decoding and prompts cost once only where there are any', () => {
    const prompt: StepWork = { tokens: 64, decodes: 0, sequences: 1, context: 0, pairs: 2048 };
    expect(stepSeconds(KNOTTED_LAW, prompt)).to.be.closeTo(
      6e-3 + 64 * 2e-5 + 5.5e-3 + 4e-4 + 2048 * 2e-9 + 3e-4,
      1e-15,
    );
    expect(stepSeconds(KNOTTED_LAW, decodeOf(1, 100))).to.be.closeTo(
      6e-3 + 2e-5 + 5e-3 + 3e-4 + 1e-5 + 100 * 4e-8 + 3e-4,
      1e-15,
    );
  });

  it('grows by perKvToken times the batch while the same sequences decode: what fast-forward relies on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 256 }), fc.integer({ min: 1, max: 100_000 }), (batch, context) => {
        const growth =
          stepSeconds(KNOTTED_LAW, decodeOf(batch, context + batch)) -
          stepSeconds(KNOTTED_LAW, decodeOf(batch, context));
        expect(growth).to.be.closeTo(KNOTTED_LAW.perKvToken * batch, 1e-15);
      }),
    );
  });

  it('scaled, takes that many times as long for any work', () => {
    fc.assert(
      fc.property(works, fc.double({ min: 0.1, max: 10, noNaN: true }), (work, factor) => {
        expect(stepSeconds(scaleLaw(KNOTTED_LAW, factor), work)).to.be.closeTo(
          factor * stepSeconds(KNOTTED_LAW, work),
          1e-12,
        );
      }),
    );
  });
});

describe('saturation throughput', () => {
  const profile = (law: StepLaw): VllmProfile => ({ ...TEST_PROFILE, law, maxNumSeqs: 64 });

  it('of a law with one flat knot is that of the same base', () => {
    const { base, ...rest } = LINEAR_LAW;
    const flat: StepLaw = { base: 0, ...rest, dense: [[1, base]] };
    expect(saturationThroughput(profile(flat), 300, 100)).to.be.closeTo(
      saturationThroughput(profile(LINEAR_LAW), 300, 100),
      1e-9,
    );
  });

  it('never rises with longer prompts or longer answers', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4000 }), fc.integer({ min: 1, max: 2000 }), (input, output) => {
        const now = saturationThroughput(profile(KNOTTED_LAW), input, output);
        expect(now).to.be.above(0);
        expect(saturationThroughput(profile(KNOTTED_LAW), input + 100, output)).to.be.at.most(now * (1 + 1e-9));
        expect(saturationThroughput(profile(KNOTTED_LAW), input, output + 100)).to.be.at.most(now * (1 + 1e-9));
      }),
    );
  });
});
