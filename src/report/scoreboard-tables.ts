import type { Interval } from '../evaluation/bootstrap.js';
import type { LevelResult } from '../evaluation/fronts/compare-all.js';
import type { Outcome, TraceComparison } from '../evaluation/fronts/compare-fronts.js';
import { summariseTraces } from '../evaluation/fronts/summarise-traces.js';
import type { Score } from '../evaluation/scoreboard.js';
import { formatValue } from './format.js';
import { type Cell, renderHtmlTable } from './html-table.js';

/** Every comparison at a level: who is cheaper, by how much, on how many traces. */
export function renderComparisons(results: readonly LevelResult[]): string {
  const rows = results.flatMap(({ policy, level, against }) =>
    against.map(({ reference, ratio, traces, worstSeed }): [string, ...Cell[]] => {
      const { win, tie, loss, notBracketed, tooFewMisses, dearest, sure } = summariseTraces(traces);
      return [
        policy,
        reference,
        `${100 * level} %`,
        toned(formatInterval(ratio), ratio && (ratio.high < 1 ? 'good' : ratio.low > 1 ? 'bad' : undefined)),
        `${win} / ${tie} / ${loss}`,
        `${notBracketed} / ${tooFewMisses}`,
        dearest ? `${dearest.ratio?.toFixed(2)} ${dearest.trace}` : '',
        `${sure} of ${win + tie + loss}`,
        worstSeed ? `${worstSeed.ratio.toFixed(2)} ${worstSeed.policy}` : '',
      ];
    }),
  );
  const head = [
    'policy',
    'against',
    'misses',
    'cost ratio',
    'win / tie / loss',
    'n/a / few misses',
    'dearest',
    'error < 1 %',
    'worst seed',
  ];
  return renderHtmlTable({ caption: 'At equal misses', head, rows });
}

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  win: '',
  tie: '',
  loss: '',
  'not bracketed': 'n/a',
  'too few misses': 'few',
};

/** Cost ratio by trace (rows) and comparison (columns), at one level. */
export function renderTraces(results: readonly LevelResult[], level: number): string {
  const columns = results
    .filter((result) => result.level === level)
    .flatMap(({ against }) => against)
    .filter(({ traces }) => traces.length > 0);
  const names = [...new Set(columns.flatMap(({ traces }) => traces.map(({ trace }) => trace)))];
  const rows = names.map((name): [string, ...Cell[]] => [
    name,
    ...columns.map(({ traces }) => traceCell(traces.find(({ trace }) => trace === name))),
  ]);
  const head = ['trace', ...columns.map(({ policy, reference }) => `${policy} over ${reference}`)];
  return renderHtmlTable({ caption: `Cost ratio by trace at ${100 * level} % misses`, head, rows });
}

function traceCell(comparison: TraceComparison | undefined): Cell {
  if (!comparison) return '';
  const { outcome, ratio, standardError } = comparison;
  if (ratio === undefined) return { text: OUTCOMES[outcome], tone: 'soft' };
  const error = standardError === undefined ? '' : ` ± ${standardError.toFixed(2)}`;
  return toned(`${ratio.toFixed(2)}${error}`, outcome === 'win' ? 'good' : outcome === 'loss' ? 'bad' : undefined);
}

/** What every policy costs at every level, by trace. */
export function renderCosts(results: readonly LevelResult[], level: number): string {
  const columns = results.filter((result) => result.level === level);
  const names = [...new Set(columns.flatMap(({ costByTrace }) => [...costByTrace.keys()]))];
  const rows = names.map((name): [string, ...Cell[]] => [
    name,
    ...columns.map(({ costByTrace }): Cell => {
      const cost = costByTrace.get(name);
      return cost === undefined ? { text: 'n/a', tone: 'soft' } : cost.toFixed(2);
    }),
  ]);
  const head = ['trace', ...columns.map(({ policy }) => policy)];
  return renderHtmlTable({ caption: `Cost by trace at ${100 * level} % misses`, head, rows });
}

/** Everything else about every policy at one price. */
export function renderScores(scores: readonly Score[], price: number): string {
  const seconds = (value: number): string => formatValue(value, 'seconds');
  const percent = (value: number): string => formatValue(100 * value, 'percent');
  const rows = scores
    .filter((score) => score.price === price)
    .map((score): [string, ...Cell[]] => [
      lawOf(score.policy),
      formatInterval(score.cost),
      percent(score.missRate.estimate),
      ...score.ttft.map(seconds),
      ...score.e2e.map(seconds),
      formatValue(score.changesPerHour, 'count'),
      formatValue(score.flipsPerHour, 'count'),
      formatValue(score.dollarsPerHour, 'dollars'),
      formatValue(score.worstHourCost, 'count'),
      percent(score.worstHourMissRate),
      score.against ? `${score.against.win} / ${score.against.tie} / ${score.against.loss}` : 'reference',
      { text: score.policy.slice(lawOf(score.policy).length + 1).replaceAll(',', ', '), tone: 'small' },
    ]);
  const latencies = ['TTFT', 'e2e'].flatMap((name) => ['p50', 'p95', 'p99'].map((quantile) => `${name} ${quantile}`));
  const head = [
    'policy',
    'cost',
    'misses',
    ...latencies,
    'changes/h',
    'flips/h',
    '$/h',
    'worst hour: cost',
    'misses',
    'win / tie / loss',
    'setting',
  ];
  return renderHtmlTable({ caption: `At a price of ${price}, best cost + price x misses first`, head, rows });
}

/** Settings are long: they stand at the end. */
function lawOf(policy: string): string {
  return policy.split(':')[0] as string;
}

function toned(text: string, tone: 'good' | 'bad' | undefined): Cell {
  return tone ? { text, tone } : text;
}

function formatInterval(interval: Interval | undefined): string {
  if (!interval) return 'n/a';
  const { estimate, low, high } = interval;
  return `${estimate.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
}
