import { type FidelityCheck, type FidelityRow, percent } from '../row.js';
import { errorOf, FIGURES } from './compare.js';
import { CALIBRATION, CONFIGURATIONS, type Configuration } from './configurations.js';
import { measureEarlyWakes, runConfiguration, type TritonRun } from './run.js';
import { findTriton, installTriton } from './venv.js';

const LIMIT = 0.1;
const COMMAND = 'make fidelity ONLY=triton';
/** What the short form plays of each configuration. */
const SHORT_SHARE = 0.4;

/** The Triton replica beside a real server, configuration by configuration. */
export const TRITON: FidelityCheck = {
  name: 'triton',
  async run({ short, progress }) {
    const runs = await runTriton(short, progress);
    return runs
      ? runs.flatMap(rowsOf)
      : { skipped: 'no Triton server: TRITON_VENV is not set and .cache/triton-venv is not there' };
  },
};

/** The short form uses a server that is there; the long one installs it. Undefined where there is none. */
export async function runTriton(
  short: boolean,
  progress: (text: string) => void,
): Promise<readonly TritonRun[] | undefined> {
  const installation = short ? findTriton() : installTriton(progress);
  if (!installation) return undefined;
  const chosen = short ? CONFIGURATIONS.filter(({ isShort }) => isShort).map(shortened) : CONFIGURATIONS;
  const runs: TritonRun[] = [];
  const earlyWakes = await measureEarlyWakes(installation, short ? shortened(CALIBRATION) : CALIBRATION, 1);
  progress(`the batcher is ahead of the instance at ${percent(earlyWakes)} of the completions`);
  for (const [i, configuration] of chosen.entries()) {
    const run = await runConfiguration(installation, configuration, { seed: 100 + 10 * i, earlyWakes });
    progress(`${i + 1}/${chosen.length} ${describeRun(run)}`);
    runs.push(run);
  }
  return runs;
}

function shortened({ phases, ...rest }: Configuration): Configuration {
  return { ...rest, phases: phases.map(({ rate, seconds }) => ({ rate, seconds: SHORT_SHARE * seconds })) };
}

/** Largest error in the figures that have a limit. */
export function largestError(run: TritonRun): number {
  return Math.max(...FIGURES.map((figure) => Math.abs(errorOf(run, figure))));
}

/** Whether the simulated p99 lies in the measured one's interval. */
export function isP99Inside({ simulated, p99Interval: [low, high] }: TritonRun): boolean {
  return simulated.p99 >= low && simulated.p99 <= high;
}

export function describeRun(run: TritonRun): string {
  const figures = [...FIGURES, 'p99' as const].map(
    (figure) =>
      `${figure} ${run.measured[figure].toFixed(1)}/${run.simulated[figure].toFixed(1)} (${signed(errorOf(run, figure))})`,
  );
  const [low, high] = run.p99Interval.map((bound) => bound.toFixed(1));
  return `${run.configuration}: ${figures.join(', ')} in [${low}, ${high}]; transport ${run.transport.toFixed(1)} ms, client late by ${run.latenessMs.toFixed(1)} ms at p99`;
}

function rowsOf(run: TritonRun): readonly FidelityRow[] {
  const row = { section: 'triton', check: run.configuration, command: COMMAND } as const;
  const error = largestError(run);
  const errors = FIGURES.filter((figure) => figure !== 'served').map((figure) => signed(errorOf(run, figure)));
  const [low, high] = run.p99Interval.map((bound) => bound.toFixed(1));
  const { measured, simulated } = run;
  return [
    {
      ...row,
      metric: 'errors of mean, p50, p90, batch, queue time',
      measured: `${errors.join(', ')} (mean ${measured.mean.toFixed(1)} ms, ${simulated.mean.toFixed(1)} simulated)`,
      tolerance: '<= 10 % each',
      within: error <= LIMIT,
    },
    {
      ...row,
      metric: 'p99 simulated',
      measured: `${simulated.p99.toFixed(1)} ms (${measured.p99.toFixed(1)} measured, 95 % interval ${low} to ${high})`,
      tolerance: 'inside the interval',
      within: isP99Inside(run),
    },
  ];
}

function signed(ratio: number): string {
  return `${ratio < 0 ? '' : '+'}${percent(Math.round(1000 * ratio) / 1000)}`;
}
