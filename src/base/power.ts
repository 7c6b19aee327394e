/** Largest whole exponent that is multiplied out. */
const MULTIPLIED = 64;

/**
 * base^exponent to the same last bit on every Node version, for base > 0 (any base where the exponent is whole and small).
 * `**` and Math.pow are not: V8 changed them between Node 22 and 24, and one result in ten differs in its last bit, while
 * Math.log and Math.exp agree. Whole exponents up to 64 are multiplied out; the rest is exp(exponent * log(base)), whose
 * relative error is about 1e-16 times |exponent * log(base)|.
 */
export function power(base: number, exponent: number): number {
  if (!Number.isInteger(exponent) || Math.abs(exponent) > MULTIPLIED) return Math.exp(exponent * Math.log(base));
  let result = 1;
  let factor = base;
  for (let rest = Math.abs(exponent); rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= factor;
    factor *= factor;
  }
  return exponent < 0 ? 1 / result : result;
}

export function square(value: number): number {
  return value * value;
}
