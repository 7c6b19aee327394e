import { groupBy } from '../base/group-by.js';
import type { LevelResult } from '../evaluation/fronts/compare-all.js';
import { type PolicyFront, policyFronts } from '../evaluation/fronts/policy-fronts.js';
import { sourceOf, type WindowLength } from '../evaluation/matrix/matrix.js';
import type { EvaluationRow } from '../evaluation/row.js';
import type { Score } from '../evaluation/scoreboard.js';
import { renderDocument } from './document.js';
import { renderFrontChart } from './front-chart.js';
import { escapeHtml } from './html.js';
import { renderIntervalChart } from './interval-chart.js';
import { markOf } from './policy-marks.js';
import { renderComparisons, renderCosts, renderScores, renderTraces } from './scoreboard-tables.js';

/** What was played on windows of one length, and what it came to. */
export interface ScoreboardSection {
  /** Undefined: traffic that is not of the matrix. */
  readonly windows: WindowLength | undefined;
  /** Without the misses that nobody could avoid. */
  readonly rows: readonly EvaluationRow[];
  readonly scores: readonly Score[];
  readonly results: readonly LevelResult[];
}

export interface ScoreboardPage {
  /** The command line that made it. */
  readonly command: string;
  readonly sections: readonly ScoreboardSection[];
}

const TITLES: Readonly<Record<WindowLength, string>> = { short: 'Short windows', long: 'Long windows' };

/** The scoreboard as one HTML file that loads and runs nothing: equal pages give equal text. */
export function renderScoreboardPage({ command, sections }: ScoreboardPage): string {
  const main = sections.map((section, i) => renderSection(section, `s${i}`)).join('\n');
  return renderDocument({ title: 'kiscaler evaluate', heading: 'kiscaler evaluate', command, main });
}

function renderSection(section: ScoreboardSection, id: string): string {
  const { windows, rows, results } = section;
  const title = windows ? TITLES[windows] : 'Traffic';
  const policies = [...new Set(rows.map(({ policy }) => policy))];
  return `<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
<p class="note">${extentOf(rows)}</p>
${legend(policies, rows)}
${renderFronts(section, policies, id)}
${renderIntervals(results, id)}
<h3 class="part">Comparisons</h3>
${renderComparisons(results)}
<p class="note">Ratio of costs where both miss alike, geometric mean over traces, with a 95 % interval by paired bootstrap of traces, windows, seeds and training seeds. Below 1 the policy is cheaper. n/a: a front does not reach the level; few misses: too few separated episodes of misses on either side.</p>
${levelsOf(results)
  .map((level) => `${renderTraces(results, level)}\n${renderCosts(results, level)}`)
  .join('\n')}
${renderPrices(section)}
</section>`;
}

function extentOf(rows: readonly EvaluationRow[]): string {
  const distinct = (of: (row: EvaluationRow) => unknown): number => new Set(rows.map(of)).size;
  const extent = [
    count(
      'trace',
      distinct(({ traffic }) => sourceOf(traffic)),
    ),
    count(
      'window',
      distinct(({ traffic }) => traffic),
    ),
    count(
      'seed',
      distinct(({ seed }) => seed),
    ),
  ];
  return `${extent.join(', ')}. Cost 1 is a fleet that is always exactly full.`;
}

/** What colours and dashes stand for, and what the points of each policy are. */
function legend(policies: readonly string[], rows: readonly EvaluationRow[]): string {
  const items = policyFronts(rows).map((front) => {
    const { colour, dash } = markOf(front.policy, policies);
    const text = `${escapeHtml(front.policy)} <small>${pointsOf(front, rows)}</small>`;
    return `<li><i class="${dash}" style="--of:var(--${colour})"></i>${text}</li>`;
  });
  return `<ul class="legend">${items.join('')}</ul>`;
}

/** Points that lie on each other are one: a law that is not told the price does the same at all of them. */
function pointsOf({ policy, points }: PolicyFront, rows: readonly EvaluationRow[]): string {
  const own = rows.filter((row) => row.policy === policy);
  const places = new Set(points.map(({ cost, missRate }) => `${cost} ${missRate}`)).size;
  const settings = count('setting', new Set(own.map(({ setting }) => setting)).size);
  const prices = count('price', new Set(own.map(({ price }) => price)).size);
  return `${count('point', places)} (${settings}, ${prices})`;
}

function count(name: string, found: number): string {
  return `${found} ${name}${found === 1 ? '' : 's'}`;
}

function renderFronts({ rows, results }: ScoreboardSection, policies: readonly string[], id: string): string {
  const levels = levelsOf(results);
  const picture = (title: string, of: readonly EvaluationRow[], name: string): string => {
    const chart = renderFrontChart({ title, fronts: policyFronts(of), policies, levels, id: `${id}-${name}` });
    return `<div class="row"><h3>${escapeHtml(title)}</h3><figure>${chart}</figure></div>`;
  };
  const traces = [...groupBy(rows, ({ traffic }) => sourceOf(traffic))];
  const own = traces.map(([trace, ofTrace], i) => picture(trace, ofTrace, `front-${i}`));
  return `<h3 class="part">Fronts</h3>
<div class="charts">${traces.length > 1 ? picture('mean of all traces', rows, 'front-all') : ''}${own.join('\n')}</div>
<p class="note">A point is one setting at one price, its runs pooled; a law that is not told the price has one point for all of them. The line joins those that no other point of the policy beats in both. Points that miss less than 0.1 % lie on the edge.</p>`;
}

function renderIntervals(results: readonly LevelResult[], id: string): string {
  const charts = levelsOf(results).flatMap((level) => {
    const at = results.filter((result) => result.level === level);
    const title = `Cost at ${100 * level} % misses`;
    const costs = at
      .map(({ policy, cost }) => ({ name: policy, interval: cost }))
      .sort((a, b) => (a.interval?.estimate ?? Infinity) - (b.interval?.estimate ?? Infinity));
    const ratios = at.flatMap(({ policy, against }) =>
      against.map(({ reference, ratio }) => ({ name: `${policy} / ${reference}`, interval: ratio })),
    );
    const own = { title, lines: costs, id: `${id}-cost-${100 * level}` };
    const compared = {
      title: `Cost ratio at ${100 * level} % misses`,
      lines: ratios,
      even: 1,
      id: `${id}-ratio-${100 * level}`,
    };
    return [
      ...(costs.some(({ interval }) => interval) ? [own] : []),
      ...(ratios.some(({ interval }) => interval) ? [compared] : []),
    ];
  });
  const rows = charts.map(
    (chart) => `<div class="row"><h3>${chart.title}</h3><figure>${renderIntervalChart(chart)}</figure></div>`,
  );
  return `<h3 class="part">At equal misses</h3><div class="charts">${rows.join('\n')}</div>`;
}

/** The middle price is shown, the others are behind a fold. */
function renderPrices({ scores }: ScoreboardSection): string {
  const prices = [...new Set(scores.map(({ price }) => price))].sort((a, b) => a - b);
  const shown = prices.includes(30) ? 30 : prices[Math.floor(prices.length / 2)];
  const tables = prices.map((price) =>
    price === shown
      ? renderScores(scores, price)
      : `<details><summary>At a price of ${price}</summary>${renderScores(scores, price)}</details>`,
  );
  return `<h3 class="part">Latencies, changes, worst hour</h3>
${tables.join('\n')}
<p class="note">Cost and misses are pooled within each trace, then the mean of traces; latencies are those of runs, weighted by their requests; the worst hour is that of all runs.</p>`;
}

function levelsOf(results: readonly LevelResult[]): readonly number[] {
  return [...new Set(results.map(({ level }) => level))];
}
