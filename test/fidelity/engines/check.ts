import fc from 'fast-check';
import { type FidelityCheck, type FidelityRow, percent } from '../row.js';
import { compareEngines, type EngineComparison, isWithin, METRICS, STATISTICS } from './compare.js';
import { engineScenarios } from './scenario.js';

const SHORT_RUNS = 300;
const LONG_RUNS = 5000;
const SEED = 1;
const COMMAND = 'make fidelity ONLY=engines';

/** Both engines on random scenarios; a mismatch is shrunk to its simplest form and told with its seed. */
export const ENGINES: FidelityCheck = {
  name: 'engines',
  run: async ({ short, progress }) => {
    const runs = short ? SHORT_RUNS : LONG_RUNS;
    const found: EngineComparison[] = [];
    for (const scenario of fc.sample(engineScenarios, { numRuns: runs, seed: SEED })) {
      found.push(compareEngines(scenario));
      if (found.length % 250 === 0) progress(`${found.length} of ${runs} scenarios`);
    }
    const failing = found.filter((one) => !isWithin(one)).length;
    if (failing > 0) progress(shrink(runs));
    return rowsOf(found, failing);
  },
};

function shrink(numRuns: number): string {
  const outcome = fc.check(
    fc.property(engineScenarios, (scenario) => isWithin(compareEngines(scenario))),
    { numRuns, seed: SEED },
  );
  return `simplest mismatch: ${JSON.stringify(outcome.counterexample)} (seed ${outcome.seed}, path ${outcome.counterexamplePath})`;
}

function rowsOf(found: readonly EngineComparison[], failing: number): readonly FidelityRow[] {
  const check = `${found.length} random scenarios, seed ${SEED}`;
  const requests = found.reduce((sum, { completed }) => sum + completed[0], 0);
  const preempting = found.filter(({ preemptions }) => preemptions[0] > 0);
  const total = (engine: 0 | 1): number => preempting.reduce((sum, { preemptions }) => sum + preemptions[engine], 0);
  const unequal = found.filter(({ preemptions: [step, fast] }) => Math.abs(fast - step) > 0.05 * step).length;
  const differences = found.map(({ largestDifference }) => largestDifference);
  const row = (metric: string, measured: string, tolerance: string, within: FidelityRow['within']): FidelityRow => ({
    section: 'engines',
    check,
    metric,
    measured,
    tolerance,
    within,
    command: COMMAND,
  });
  return [
    row(
      'scenarios within every tolerance',
      `${found.length - failing} of ${found.length} (${requests} requests)`,
      'all',
      failing === 0,
    ),
    ...METRICS.map((metric) => {
      const worst = STATISTICS.map((statistic) =>
        Math.max(...found.map(({ errors }) => Math.abs(errors[metric][statistic]))),
      );
      const text = STATISTICS.map((statistic, i) => `${statistic} ${percent(worst[i] as number)}`).join(', ');
      return row(`${metric}: largest error over the scenarios`, text, '<= 1 %', Math.max(...worst) <= 0.01);
    }),
    row(
      'preemptions, step engine and fast-forward',
      `${total(0)} and ${total(1)} in the ${preempting.length} scenarios that preempt; ${unequal} scenarios differ by more`,
      '<= 5 % in each',
      unequal === 0,
    ),
    row(
      'largest difference in the first or last token of one request',
      `${Math.max(...differences).toExponential(1)} s; ${differences.filter((one) => one > 1e-6).length} scenarios above 1 us`,
      '-',
      'reported',
    ),
  ];
}
