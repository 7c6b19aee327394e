/**
 * Coefficients of the least sum of squared relative errors: rows of `features` times coefficients against `values` (> 0).
 * Normal equations, Gauss-Jordan with pivoting; two to four coefficients.
 */
export function fitRelative(features: readonly (readonly number[])[], values: readonly number[]): readonly number[] {
  const size = features[0]?.length ?? 0;
  const matrix = Array.from({ length: size }, () => new Float64Array(size + 1));
  for (const [i, x] of features.entries()) {
    const y = values[i] as number;
    for (let a = 0; a < size; a++) {
      const row = matrix[a] as Float64Array;
      for (let b = 0; b < size; b++) row[b] = (row[b] as number) + ((x[a] as number) * (x[b] as number)) / (y * y);
      row[size] = (row[size] as number) + (x[a] as number) / y;
    }
  }
  for (let a = 0; a < size; a++) eliminate(matrix, a, size);
  return matrix.map((row, i) => (row[size] as number) / (row[i] as number));
}

function eliminate(matrix: Float64Array[], column: number, size: number): void {
  let pivot = column;
  for (let row = column; row < size; row++)
    if (Math.abs(matrix[row]?.[column] ?? 0) > Math.abs(matrix[pivot]?.[column] ?? 0)) pivot = row;
  [matrix[column], matrix[pivot]] = [matrix[pivot] as Float64Array, matrix[column] as Float64Array];
  const chosen = matrix[column] as Float64Array;
  for (const [index, row] of matrix.entries()) {
    if (index === column) continue;
    const factor = (row[column] as number) / (chosen[column] as number);
    for (let k = column; k <= size; k++) row[k] = (row[k] as number) - factor * (chosen[k] as number);
  }
}

/** Relative errors of a linear fit. */
export function relativeErrors(
  coefficients: readonly number[],
  features: readonly (readonly number[])[],
  values: readonly number[],
): readonly number[] {
  return features.map(
    (x, i) => x.reduce((sum, value, k) => sum + value * (coefficients[k] as number), 0) / (values[i] as number) - 1,
  );
}

/** Rows at even places, to fit, and at odd places, to judge. */
export function halves<T>(rows: readonly T[]): readonly [even: readonly T[], odd: readonly T[]] {
  return [rows.filter((_, i) => i % 2 === 0), rows.filter((_, i) => i % 2 === 1)];
}
