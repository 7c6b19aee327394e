/** Rows `batch` of a row-major matrix of so many columns, one after the other. */
export function gatherRows(from: Float32Array, batch: Int32Array, width: number): Float32Array {
  const out = new Float32Array(batch.length * width);
  copyRows(from, batch, width, out);
  return out;
}

export function gatherBytes(from: Uint8Array, batch: Int32Array, width: number): Uint8Array {
  const out = new Uint8Array(batch.length * width);
  copyRows(from, batch, width, out);
  return out;
}

export function gatherDoubles(from: Float64Array, batch: Int32Array, width: number): Float64Array {
  const out = new Float64Array(batch.length * width);
  copyRows(from, batch, width, out);
  return out;
}

/** Rows of two matrices side by side: [rows][a][b]. */
export function besideRows(a: Float32Array, aWidth: number, b: Float32Array, bWidth: number): Float32Array {
  if (bWidth === 0) return a;
  const rows = a.length / aWidth;
  const out = new Float32Array(rows * (aWidth + bWidth));
  for (let row = 0; row < rows; row++) {
    out.set(a.subarray(row * aWidth, (row + 1) * aWidth), row * (aWidth + bWidth));
    out.set(b.subarray(row * bWidth, (row + 1) * bWidth), row * (aWidth + bWidth) + aWidth);
  }
  return out;
}

type Numbers = Float32Array | Float64Array | Uint8Array;

function copyRows(from: Numbers, batch: Int32Array, width: number, out: Numbers): void {
  for (let k = 0; k < batch.length; k++) {
    const i = batch[k] as number;
    out.set(from.subarray(i * width, (i + 1) * width), k * width);
  }
}
