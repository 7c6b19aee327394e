/** A Kubernetes quantity in thousandths, a whole number: the precision at which metrics travel to the HPA. */
export type Milli = number;

const LARGEST = 2 ** 53;

/**
 * A metric value as KEDA hands it on: thousandths, rounded half to even as Go's `%.3f` does; NaN, infinities and negatives
 * become 0, that is, a scale to the minimum (quantityFromFloat64, pkg/scalers/scaler.go, v2.21.0). Pure.
 */
export function toMilli(value: number): Milli {
  if (!Number.isFinite(value) || value < 0) return 0;
  const scaled = value * 1000;
  if (scaled >= LARGEST) return LARGEST;
  // Only odd sixteenths lie exactly between two thousandths.
  const isTie = Math.abs(value * 16) % 2 === 1;
  if (!isTie) return Math.round(Number(value.toFixed(3)) * 1000);
  const below = Math.floor(scaled);
  return below % 2 === 0 ? below : below + 1;
}
