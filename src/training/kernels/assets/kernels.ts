// AssemblyScript, compiled to kernels.wasm by `npm run kernels`. Float32 kernels of a dense network on 128-bit vectors; every
// pointer is a byte offset into the one memory. WebAssembly fixes the bits of each operation, so results are the same on every
// machine. Matrices are row-major; `outputs` is a multiple of 4 (pad with zeros), rows and inputs are any.

/** out[r][j] = b[j] + sum over i of x[r][i] * w[i][j]. */
export function dense(x: usize, w: usize, b: usize, out: usize, rows: i32, inputs: i32, outputs: i32): void {
  const wide = outputs & ~15;
  const stride = (<usize>outputs) << 2;
  for (let r = 0; r < rows; r += 2) {
    const x0 = x + ((<usize>(r * inputs)) << 2);
    // An odd last row is computed twice.
    const second = r + 1 < rows ? r + 1 : r;
    const x1 = x + ((<usize>(second * inputs)) << 2);
    const out0 = out + ((<usize>(r * outputs)) << 2);
    const out1 = out + ((<usize>(second * outputs)) << 2);
    for (let j = 0; j < wide; j += 16) {
      const at = (<usize>j) << 2;
      let a0 = v128.load(b + at, 0);
      let a1 = v128.load(b + at, 16);
      let a2 = v128.load(b + at, 32);
      let a3 = v128.load(b + at, 48);
      let c0 = a0;
      let c1 = a1;
      let c2 = a2;
      let c3 = a3;
      let row = w + at;
      for (let i = 0; i < inputs; i++) {
        const u = v128.load32_splat(x0 + ((<usize>i) << 2));
        const v = v128.load32_splat(x1 + ((<usize>i) << 2));
        const w0 = v128.load(row, 0);
        const w1 = v128.load(row, 16);
        const w2 = v128.load(row, 32);
        const w3 = v128.load(row, 48);
        a0 = f32x4.add(a0, f32x4.mul(u, w0));
        a1 = f32x4.add(a1, f32x4.mul(u, w1));
        a2 = f32x4.add(a2, f32x4.mul(u, w2));
        a3 = f32x4.add(a3, f32x4.mul(u, w3));
        c0 = f32x4.add(c0, f32x4.mul(v, w0));
        c1 = f32x4.add(c1, f32x4.mul(v, w1));
        c2 = f32x4.add(c2, f32x4.mul(v, w2));
        c3 = f32x4.add(c3, f32x4.mul(v, w3));
        row += stride;
      }
      v128.store(out0 + at, a0, 0);
      v128.store(out0 + at, a1, 16);
      v128.store(out0 + at, a2, 32);
      v128.store(out0 + at, a3, 48);
      v128.store(out1 + at, c0, 0);
      v128.store(out1 + at, c1, 16);
      v128.store(out1 + at, c2, 32);
      v128.store(out1 + at, c3, 48);
    }
    for (let j = wide; j < outputs; j += 4) {
      const at = (<usize>j) << 2;
      let a = v128.load(b + at);
      let c = a;
      let row = w + at;
      for (let i = 0; i < inputs; i++) {
        const w0 = v128.load(row);
        a = f32x4.add(a, f32x4.mul(v128.load32_splat(x0 + ((<usize>i) << 2)), w0));
        c = f32x4.add(c, f32x4.mul(v128.load32_splat(x1 + ((<usize>i) << 2)), w0));
        row += stride;
      }
      v128.store(out0 + at, a);
      v128.store(out1 + at, c);
    }
  }
}

/** dw[i][j] = sum over r of x[r][i] * up[r][j], and db[j] = sum over r of up[r][j]. */
export function weightGradient(x: usize, up: usize, dw: usize, db: usize, rows: i32, inputs: i32, outputs: i32): void {
  const xStride = (<usize>inputs) << 2;
  const upStride = (<usize>outputs) << 2;
  const wide = outputs & ~15;
  for (let i = 0; i < inputs; i += 2) {
    const second = i + 1 < inputs ? i + 1 : i;
    const dw0 = dw + ((<usize>(i * outputs)) << 2);
    const dw1 = dw + ((<usize>(second * outputs)) << 2);
    for (let j = 0; j < wide; j += 16) {
      const at = (<usize>j) << 2;
      let a0 = f32x4.splat(0);
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      let c0 = a0;
      let c1 = a0;
      let c2 = a0;
      let c3 = a0;
      let xr = x;
      let ur = up + at;
      for (let r = 0; r < rows; r++) {
        const u = v128.load32_splat(xr + ((<usize>i) << 2));
        const v = v128.load32_splat(xr + ((<usize>second) << 2));
        const g0 = v128.load(ur, 0);
        const g1 = v128.load(ur, 16);
        const g2 = v128.load(ur, 32);
        const g3 = v128.load(ur, 48);
        a0 = f32x4.add(a0, f32x4.mul(u, g0));
        a1 = f32x4.add(a1, f32x4.mul(u, g1));
        a2 = f32x4.add(a2, f32x4.mul(u, g2));
        a3 = f32x4.add(a3, f32x4.mul(u, g3));
        c0 = f32x4.add(c0, f32x4.mul(v, g0));
        c1 = f32x4.add(c1, f32x4.mul(v, g1));
        c2 = f32x4.add(c2, f32x4.mul(v, g2));
        c3 = f32x4.add(c3, f32x4.mul(v, g3));
        xr += xStride;
        ur += upStride;
      }
      v128.store(dw0 + at, a0, 0);
      v128.store(dw0 + at, a1, 16);
      v128.store(dw0 + at, a2, 32);
      v128.store(dw0 + at, a3, 48);
      v128.store(dw1 + at, c0, 0);
      v128.store(dw1 + at, c1, 16);
      v128.store(dw1 + at, c2, 32);
      v128.store(dw1 + at, c3, 48);
    }
    for (let j = wide; j < outputs; j += 4) {
      const at = (<usize>j) << 2;
      let a = f32x4.splat(0);
      let c = a;
      let xr = x;
      let ur = up + at;
      for (let r = 0; r < rows; r++) {
        const g = v128.load(ur);
        a = f32x4.add(a, f32x4.mul(v128.load32_splat(xr + ((<usize>i) << 2)), g));
        c = f32x4.add(c, f32x4.mul(v128.load32_splat(xr + ((<usize>second) << 2)), g));
        xr += xStride;
        ur += upStride;
      }
      v128.store(dw0 + at, a);
      v128.store(dw1 + at, c);
    }
  }
  for (let j = 0; j < outputs; j += 4) {
    let sum = f32x4.splat(0);
    let ur = up + ((<usize>j) << 2);
    for (let r = 0; r < rows; r++) {
      sum = f32x4.add(sum, v128.load(ur));
      ur += upStride;
    }
    v128.store(db + ((<usize>j) << 2), sum);
  }
}

function total(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

/** down[r][i] = (1 - h[r][i]^2) * sum over j of up[r][j] * w[i][j]: back through the weights and the tanh that made h. */
export function inputGradient(up: usize, w: usize, h: usize, down: usize, rows: i32, inputs: i32, outputs: i32): void {
  const stride = (<usize>outputs) << 2;
  for (let r = 0; r < rows; r++) {
    const ur = up + ((<usize>(r * outputs)) << 2);
    const at = (<usize>(r * inputs)) << 2;
    let i = 0;
    for (; i + 4 <= inputs; i += 4) {
      const w0 = w + <usize>i * stride;
      const w1 = w0 + stride;
      const w2 = w1 + stride;
      const w3 = w2 + stride;
      let a0 = f32x4.splat(0);
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      for (let j: usize = 0; j < stride; j += 16) {
        const g = v128.load(ur + j);
        a0 = f32x4.add(a0, f32x4.mul(g, v128.load(w0 + j)));
        a1 = f32x4.add(a1, f32x4.mul(g, v128.load(w1 + j)));
        a2 = f32x4.add(a2, f32x4.mul(g, v128.load(w2 + j)));
        a3 = f32x4.add(a3, f32x4.mul(g, v128.load(w3 + j)));
      }
      const t = at + ((<usize>i) << 2);
      const value = v128.load(h + t);
      let sums = f32x4.splat(total(a0));
      sums = f32x4.replace_lane(sums, 1, total(a1));
      sums = f32x4.replace_lane(sums, 2, total(a2));
      sums = f32x4.replace_lane(sums, 3, total(a3));
      v128.store(down + t, f32x4.mul(sums, f32x4.sub(f32x4.splat(1), f32x4.mul(value, value))));
    }
    for (; i < inputs; i++) {
      const wi = w + <usize>i * stride;
      let a = f32x4.splat(0);
      for (let j: usize = 0; j < stride; j += 16) a = f32x4.add(a, f32x4.mul(v128.load(ur + j), v128.load(wi + j)));
      const t = at + ((<usize>i) << 2);
      const value = load<f32>(h + t);
      store<f32>(down + t, total(a) * (1 - value * value));
    }
  }
}

/**
 * x[k] = tanh(x[k]) for `count` (a multiple of 4) values: (1 - e) / (1 + e) with e = exp(-2 |x|) = 2^n * 2^f, |f| <= 1/2, 2^f by
 * its Taylor series up to f^6 (error below 2e-7).
 */
export function tanhInPlace(x: usize, count: i32): void {
  const end = x + ((<usize>count) << 2);
  const one = f32x4.splat(1);
  const sign = f32x4.splat(-0.0);
  for (let at = x; at < end; at += 16) {
    const value = v128.load(at);
    const z = f32x4.max(f32x4.mul(f32x4.abs(value), f32x4.splat(-2.885390081777927)), f32x4.splat(-60));
    const n = f32x4.nearest(z);
    const f = f32x4.sub(z, n);
    let e = f32x4.splat(1.5403530393381609e-4);
    e = f32x4.add(f32x4.mul(e, f), f32x4.splat(1.3333558146428443e-3));
    e = f32x4.add(f32x4.mul(e, f), f32x4.splat(9.618129107628477e-3));
    e = f32x4.add(f32x4.mul(e, f), f32x4.splat(5.550410866482158e-2));
    e = f32x4.add(f32x4.mul(e, f), f32x4.splat(0.2402265069591007));
    e = f32x4.add(f32x4.mul(e, f), f32x4.splat(Mathf.LN2));
    e = f32x4.add(f32x4.mul(e, f), one);
    const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
    e = f32x4.mul(e, power);
    const size = f32x4.div(f32x4.sub(one, e), f32x4.add(one, e));
    v128.store(at, v128.or(size, v128.and(value, sign)));
  }
}

/** Sum of squares of `count` (a multiple of 4) values. */
export function sumOfSquares(x: usize, count: i32): f32 {
  const end = x + ((<usize>count) << 2);
  let sum = f32x4.splat(0);
  for (let at = x; at < end; at += 16) {
    const value = v128.load(at);
    sum = f32x4.add(sum, f32x4.mul(value, value));
  }
  return total(sum);
}

/**
 * One step of Adam on `count` (a multiple of 4) parameters p with gradient g * scale and moments m, v: `rate` and `epsilon` are
 * corrected for the moments' bias by the caller. p -= rate * m / (sqrt(v) + epsilon).
 */
export function adam(p: usize, g: usize, m: usize, v: usize, count: i32, scale: f32, rate: f32, epsilon: f32): void {
  const bytes = (<usize>count) << 2;
  for (let at: usize = 0; at < bytes; at += 16) {
    const gradient = f32x4.mul(v128.load(g + at), f32x4.splat(scale));
    const mean = f32x4.add(f32x4.mul(v128.load(m + at), f32x4.splat(0.9)), f32x4.mul(gradient, f32x4.splat(0.1)));
    const square = f32x4.mul(gradient, gradient);
    const variance = f32x4.add(f32x4.mul(v128.load(v + at), f32x4.splat(0.999)), f32x4.mul(square, f32x4.splat(0.001)));
    v128.store(m + at, mean);
    v128.store(v + at, variance);
    const change = f32x4.div(f32x4.mul(mean, f32x4.splat(rate)), f32x4.add(f32x4.sqrt(variance), f32x4.splat(epsilon)));
    v128.store(p + at, f32x4.sub(v128.load(p + at), change));
  }
}
