import type { Bin } from './bin.js';
import { formatTime, formatValue } from './format.js';
import { escapeHtml } from './html.js';
import type { RecordedRun } from './recorded-run.js';

/** Rows of the table behind the charts of one run: enough to follow it, few enough to read. */
const MOST_ROWS = 48;

/** A column per run, a row per figure. */
export function renderSummary(runs: readonly RecordedRun[]): string {
  const [first] = runs;
  if (first && runs.length === 1) return renderFigures(first);
  const labels = first?.figures.map(([label]) => label) ?? [];
  const head = runs.map(({ policy }) => `<th scope="col">${escapeHtml(policy)}</th>`).join('');
  const rows = labels.map((label, i) => {
    const cells = runs.map(({ figures }) => `<td>${escapeHtml(figures[i]?.[1] ?? '')}</td>`).join('');
    return `<tr><th scope="row"${label.startsWith(' ') ? ' class="sub"' : ''}>${escapeHtml(label.trim())}</th>${cells}</tr>`;
  });
  return `<div class="scroll"><table class="summary"><caption>Summary</caption><thead><tr><td></td>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

/** One run has room beside each other for what a table would put below. */
function renderFigures({ policy, figures }: RecordedRun): string {
  const items = [['policy', policy] as const, ...figures].map(
    ([label, figure]) => `<div><dt>${escapeHtml(label.trim())}</dt><dd>${escapeHtml(figure)}</dd></div>`,
  );
  return `<dl class="figures">${items.join('')}</dl>`;
}

interface Column {
  readonly head: string;
  readonly of: (bin: Bin) => string;
}

const COLUMNS: readonly Column[] = [
  { head: 'arrivals/s', of: ({ bands }) => formatValue(bands.arrivalRate.mean, 'per-second') },
  { head: 'waiting', of: ({ bands }) => formatValue(bands.waiting.mean, 'count') },
  { head: 'running', of: ({ bands }) => formatValue(bands.running.mean, 'count') },
  { head: 'ready', of: (bin) => formatValue(bin.pods('ready'), 'count') },
  { head: 'spec', of: ({ bands }) => formatValue(bands.spec.mean, 'count') },
  { head: 'answered', of: ({ bands }) => formatValue(bands.answer.mean, 'count') },
  { head: 'TTFT p50', of: ({ latencies }) => formatValue(latencies.ttft.quantile(0.5), 'seconds') },
  { head: 'TTFT p99', of: ({ latencies }) => formatValue(latencies.ttft.quantile(0.99), 'seconds') },
  { head: 'misses', of: ({ misses }) => formatValue(misses, 'count') },
  { head: 'cost', of: ({ dollars }) => formatValue(dollars, 'dollars') },
];

/** The numbers behind a run's charts, every so many points. */
export function renderNumbers(run: RecordedRun): string {
  const step = Math.max(1, Math.ceil(run.bins.length / MOST_ROWS));
  const rows = run.bins
    .filter((_, i) => i % step === 0)
    .map((bin) => {
      const cells = COLUMNS.map(({ of }) => `<td>${escapeHtml(of(bin))}</td>`).join('');
      return `<tr><th scope="row">${formatTime(bin.at, run.end)}</th>${cells}</tr>`;
    });
  const head = COLUMNS.map(({ head: text }) => `<th scope="col">${text}</th>`).join('');
  return `<details><summary>Numbers of ${escapeHtml(run.policy)}</summary><div class="scroll"><table><thead><tr><th scope="col">time</th>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div></details>`;
}
