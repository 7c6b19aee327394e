/** Smallest and largest value of each feature so far. */
export class FeatureRanges {
  readonly low: Float64Array;
  readonly high: Float64Array;

  constructor(size: number) {
    this.low = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
    this.high = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
  }

  /** Takes in an observation; what stands behind its features in the row is left alone. */
  widen(row: ArrayLike<number>): void {
    for (let i = 0; i < this.low.length; i++) {
      const value = row[i] as number;
      if (value < (this.low[i] as number)) this.low[i] = value;
      if (value > (this.high[i] as number)) this.high[i] = value;
    }
  }

  /** Takes in what others saw. */
  join({ low, high }: Pick<FeatureRanges, 'low' | 'high'>): void {
    this.widen(low);
    this.widen(high);
  }
}
