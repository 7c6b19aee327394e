import { normal } from '../base/distributions.js';
import type { Rng } from '../base/rng.js';

/** A [rows][columns] matrix with orthonormal columns (or rows, where there are fewer): Gram-Schmidt on normal draws (Saxe et al. 2014). */
export function orthogonal(rng: Rng, rows: number, columns: number): Float64Array {
  const count = Math.min(rows, columns);
  const length = Math.max(rows, columns);
  const vectors: Float64Array[] = [];
  while (vectors.length < count) {
    const vector = Float64Array.from({ length }, () => normal(rng));
    for (const other of vectors) {
      const overlap = vector.reduce((sum, value, i) => sum + value * (other[i] as number), 0);
      for (let i = 0; i < length; i++) vector[i] = (vector[i] as number) - overlap * (other[i] as number);
    }
    const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    if (norm > 1e-6) vectors.push(vector.map((value) => value / norm));
  }
  const matrix = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      matrix[i * columns + j] = (rows >= columns ? vectors[j]?.[i] : vectors[i]?.[j]) ?? 0;
    }
  }
  return matrix;
}
