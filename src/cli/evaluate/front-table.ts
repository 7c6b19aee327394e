import Table from 'cli-table3';
import { createRng } from '../../base/rng.js';
import { mean } from '../../base/statistics.js';
import { compareFronts, costsAtMisses } from '../../evaluation/fronts/compare-fronts.js';
import { withoutLiteral } from '../../evaluation/fronts/literal.js';
import type { EvaluationRow } from '../../evaluation/row.js';

/** Levels of misses at which policies are compared, the headline first. */
const LEVELS = [0.01, 0.03] as const;

/**
 * What every policy costs at equal misses, against the reference, as text: a policy's points are its settings at its prices.
 * `n/a` where a level is not bracketed.
 */
export function renderFronts(played: readonly EvaluationRow[], reference: string): string {
  const rows = withoutLiteral(played);
  const policies = [...new Set(rows.map(({ policy }) => policy))];
  const rng = createRng(1).stream('fronts');
  const table = new Table({
    head: ['misses', 'policy', 'cost', `cost over ${reference}'s`, 'win/tie/loss/n/a'],
    style: { head: [], border: [], compact: true },
  });
  for (const level of LEVELS)
    for (const policy of policies) {
      const costs = [...costsAtMisses(rows, policy, level).values()].filter((cost) => cost !== undefined);
      const cost = costs.length === 0 ? 'n/a' : Math.exp(mean(costs.map(Math.log))).toFixed(2);
      table.push([`${100 * level} %`, policy, cost, ...against(rows, policy, reference, level, rng.stream(policy))]);
    }
  return `${table.toString()}\ncost at equal misses, geometric mean of the traces where it can be told; 95 % by paired bootstrap of traces, windows, seeds\n`;
}

function against(
  rows: readonly EvaluationRow[],
  policy: string,
  reference: string,
  level: number,
  rng: ReturnType<typeof createRng>,
): readonly string[] {
  if (policy === reference) return ['reference', ''];
  const { ratio, win, tie, loss, unknown } = compareFronts(rows, { policy, reference, level }, rng);
  const text = ratio ? `${ratio.estimate.toFixed(2)} [${ratio.low.toFixed(2)}, ${ratio.high.toFixed(2)}]` : 'n/a';
  return [text, `${win}/${tie}/${loss}/${unknown}`];
}
