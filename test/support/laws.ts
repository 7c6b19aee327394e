import type { StepLaw } from '../../src/decision/step-law.js';

/** A step law that is linear in everything. */
export const LINEAR_LAW: StepLaw = {
  base: 6e-3,
  perToken: 2e-5,
  perDecode: 1e-5,
  perKvToken: 4e-8,
  perPrefillPair: 2e-9,
};

/** A step law with every part that there is. */
export const KNOTTED_LAW: StepLaw = {
  ...LINEAR_LAW,
  dense: [
    [1, 5e-3],
    [64, 5.5e-3],
    [256, 7e-3],
    [2048, 41e-3],
  ],
  perSequence: [
    [1, 3e-4],
    [256, 4e-4],
  ],
  decodeBase: 3e-4,
  prefillBase: 4e-4,
  mixedPerDecode: 2e-5,
  mixedPerKvToken: 3e-8,
};
