import { square } from '../base/power.js';

/** Mean and standard deviation of some of the values. */
export function moments(values: Float64Array, chosen: Int32Array): { mean: number; deviation: number } {
  let sum = 0;
  let squares = 0;
  for (const i of chosen) {
    const value = values[i] as number;
    sum += value;
    squares += value * value;
  }
  const mean = sum / chosen.length;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / chosen.length - mean * mean)) };
}

/** 1 - Var(return - value) / Var(return): 1 is a perfect critic, 0 a constant one; NaN where returns are all alike. */
export function explainedVariance(values: Float64Array, advantages: Float64Array): number {
  const all = Int32Array.from({ length: values.length }, (_, i) => i);
  const returns = advantages.map((advantage, i) => advantage + (values[i] as number));
  const spread = square(moments(returns, all).deviation);
  return spread > 0 ? 1 - square(moments(advantages, all).deviation) / spread : Number.NaN;
}
