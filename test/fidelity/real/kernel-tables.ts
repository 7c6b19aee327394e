import { quantileSorted } from '../../../src/base/statistics.js';
import { type Knots, type StepLaw, stepSeconds } from '../../../src/decision/step-law.js';
import { loadVllmProfile } from '../../../src/kisim/profiles/load-profile.js';
import { profileNameOf, readDataCsv, readKernelTimes } from './data-files.js';

/** Sizes of relative errors. */
export interface Spread {
  readonly count: number;
  readonly median: number;
  readonly p95: number;
  readonly largest: number;
}

const CONTEXT = 1024;
const LARGEST_BATCH = 512;

export function spreadOf(errors: readonly number[]): Spread {
  const sorted = Float64Array.from(errors, Math.abs).sort();
  return {
    count: sorted.length,
    median: quantileSorted(sorted, 0.5),
    p95: quantileSorted(sorted, 0.95),
    largest: quantileSorted(sorted, 1),
  };
}

/**
 * Steady TPOT at every second batch size of aiconfigurator's table (up to 512 sequences at 1,024 tokens of context), from a law that
 * knows only the other half of its knots, against the law with all. 124 combinations.
 */
export function judgeOddKnots(): Spread {
  return spreadOf(
    readKernelTimes().flatMap((kernels) => {
      const { law } = lawOf(profileNameOf(kernels));
      const knots = law.dense as Knots;
      const half: StepLaw = { ...law, dense: knots.filter((_, i) => i % 2 === 0 || i === knots.length - 1) };
      const odd = knots.filter(([tokens], i) => i % 2 === 1 && tokens <= LARGEST_BATCH).map(([tokens]) => tokens);
      return odd.map((batch) => decode(half, batch) / decode(law, batch) - 1);
    }),
  );
}

/**
 * Steady TPOT of our profiles against aiconfigurator's own linear fit of its decode table (`iteration_fit.csv`), batches of 16 to 128
 * sequences at 1,024 tokens, where its kernels agree with memory bandwidth (A100, H100, H200).
 */
export function compareWithLinearFit(): Spread {
  const rows = readDataCsv('aiconfigurator/iteration_fit.csv').filter(
    ({ gpu, model }) => /^(a100|h100|h200)/.test(gpu ?? '') && model !== 'llama-2-7b',
  );
  return spreadOf(
    rows.flatMap((row) => {
      const { law } = lawOf(
        profileNameOf({ gpu: String(row['gpu']), model: String(row['model']), tp: Number(row['tp']) }),
      );
      const [alpha, beta, gamma] = [
        'decode_lin_alpha_ms',
        'decode_lin_beta_ms_per_seq',
        'decode_lin_gamma_us_per_kvtok',
      ].map((name) => Number(row[name])) as [number, number, number];
      return [16, 32, 64, 128].map(
        (batch) => decode(law, batch) / ((alpha + beta * batch + (gamma * batch * CONTEXT) / 1000) / 1000) - 1,
      );
    }),
  );
}

function lawOf(name: string) {
  const profile = loadVllmProfile(name);
  if (!profile.ok) throw new Error(profile.error);
  return profile.value;
}

function decode(law: StepLaw, batch: number): number {
  return stepSeconds(law, { tokens: batch, decodes: batch, sequences: batch, context: batch * CONTEXT, pairs: 0 });
}
