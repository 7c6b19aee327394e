import { err, ok, type Result } from '../../base/result.js';
import { FAULT_VARIATIONS } from './faults.js';
import type { Variation } from './variation.js';
import { VARIATIONS } from './variations.js';

/** Several variations by one name. */
export const FAULTS = 'faults';

/** What a variation may be asked for by, for messages and help texts. */
export const VARIATION_NAMES: readonly string[] = [...VARIATIONS.map(({ name }) => name), FAULTS];

/**
 * Variations by name, each once, in the order of the table; none named: all. What one is paired with is played as well. The error
 * says which names there are.
 */
export function findVariations(names: readonly string[]): Result<readonly Variation[], string> {
  const wanted = new Set<string>(names.length === 0 ? VARIATIONS.map(({ name }) => name) : names);
  for (const name of wanted) {
    if (name === FAULTS) for (const fault of FAULT_VARIATIONS) wanted.add(fault.name);
    else {
      const found = VARIATIONS.find((one) => one.name === name);
      if (!found) return err(`variation ${name}: there are ${VARIATION_NAMES.join(', ')}`);
      if (found.against !== undefined) wanted.add(found.against);
    }
  }
  return ok(VARIATIONS.filter(({ name }) => wanted.has(name)));
}
