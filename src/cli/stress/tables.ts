import Table from 'cli-table3';
import { groupBy } from '../../base/group-by.js';
import type { Interval } from '../../evaluation/bootstrap.js';
import { ALL_GUARDS, type GuardWorth } from '../../evaluation/stress/guard-worth.js';
import type { PooledRatio } from '../../evaluation/stress/pooled-ratio.js';
import { UNVARIED } from '../../evaluation/stress/stress-cases.js';
import type { StressScore } from '../../evaluation/stress/stress-scores.js';
import type { Variation } from '../../evaluation/stress/variation.js';
import { renderTable } from '../markdown-table.js';

/** How tables are written: boxes for a terminal, or Markdown. */
export type TableStyle = 'text' | 'markdown';

/** A table per variation: what each policy came to, and what it came to without the variation. */
export function renderStress(
  scores: readonly StressScore[],
  variations: readonly Variation[],
  price: number,
  style: TableStyle,
): string {
  const head = ['policy', 'cost', 'misses %', `cost + ${price} x misses`, 'unvaried', 'difference', '%', 'runs'];
  const sections = [...groupBy(scores, ({ variation }) => variation)].map(([name, group]) => {
    const variation = variations.find((one) => one.name === name);
    const against = variation?.against === undefined ? '' : `; "unvaried" is ${variation.against}`;
    const title = variation ? `${name}: ${variation.meaning}${against}` : `${UNVARIED}: the windows as they are`;
    const rows = group.map(({ policy, own, base, difference, pairs }) => [
      policy,
      own.cost.toFixed(2),
      percent(own.missRate),
      own.objective.toFixed(2),
      ...(variation
        ? [base.objective.toFixed(2), interval(difference), relative(difference, base.objective)]
        : ['', '', '']),
      String(pairs),
    ]);
    return section(title, head, rows, style);
  });
  return `${sections.join('\n')}\n${NOTE}`;
}

const NOTE = `means of sources, runs pooled within each; differences paired by window and seed, 95 % by bootstrap of sources, windows, runs\n`;

/** What guards cost and save, by traffic: a difference below 0, or a ratio below 1, is what they save. */
export function renderGuards(
  worth: readonly { readonly traffic: string; readonly judged: readonly GuardWorth[] }[],
  price: number,
  levels: readonly number[],
  style: TableStyle,
): string {
  const head = [
    'policy',
    'guards',
    'cost with',
    'without',
    'misses % with',
    'without',
    `cost + ${price} x misses with`,
    'without',
    'difference',
    ...levels.map((level) => `cost ratio at ${100 * level} %`),
  ];
  const sections = worth.map(({ traffic, judged }) =>
    section(
      traffic,
      head,
      judged.map(({ policy, guards, paired: { own, base, difference }, fronts }) => [
        policy,
        guards === ALL_GUARDS ? 'all' : guards,
        own.cost.toFixed(2),
        base.cost.toFixed(2),
        percent(own.missRate),
        percent(base.missRate),
        own.objective.toFixed(2),
        base.objective.toFixed(2),
        interval(difference),
        ...fronts.map(ratio),
      ]),
      style,
    ),
  );
  return `${sections.join('\n')}\nwith all guards, against without those named: a difference below 0, or a ratio below 1, is what they save\n${NOTE}`;
}

function section(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  style: TableStyle,
): string {
  if (style === 'markdown') return `**${title}**\n\n${renderTable(head, rows)}\n`;
  const table = new Table({ head: [...head], style: { head: [], border: [], compact: true } });
  table.push(...rows.map((row) => [...row]));
  return `${title}\n${table.toString()}\n`;
}

function ratio(known: PooledRatio | undefined): string {
  if (!known) return 'n/a';
  const { estimate, low, high } = known;
  return low === undefined || high === undefined ? estimate.toFixed(3) : interval({ estimate, low, high });
}

function interval({ estimate, low, high }: Interval): string {
  return `${estimate.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}

function relative({ estimate }: Interval, base: number): string {
  const share = Math.round((100 * estimate) / base);
  return share > 0 ? `+${share}` : String(share);
}
