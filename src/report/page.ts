import { type Chart, type Layer, type Line, sharedAxes } from './chart.js';
import { comparisons } from './compared-charts.js';
import { describeChart } from './describe-chart.js';
import { renderDocument } from './document.js';
import { formatTime } from './format.js';
import { escapeHtml } from './html.js';
import type { RecordedRun } from './recorded-run.js';
import { renderChart } from './render-chart.js';
import { CHART_KINDS, type ChartKind } from './run-charts.js';
import { renderNumbers, renderSummary } from './tables.js';

/** Everything about one traffic: what it is, and the runs on it, one per policy. */
export interface ReportSection {
  readonly traffic: string;
  readonly teaches: string;
  /** The scenario file as it is written. */
  readonly scenarioText: string;
  readonly runs: readonly RecordedRun[];
}

export interface Report {
  /** The command line that made it. */
  readonly command: string;
  readonly sections: readonly ReportSection[];
}

/** The report as one HTML file that opens from disk: equal reports give equal text. */
export function renderReport({ command, sections }: Report): string {
  return renderDocument({
    title: `kiscaler simulate: ${sections.map(({ traffic }) => traffic).join(', ')}`,
    heading: 'kiscaler simulate',
    command,
    main: sections.map(renderSection).join('\n'),
  });
}

function renderSection(section: ReportSection, index: number): string {
  const { traffic, teaches, scenarioText, runs } = section;
  return `<section aria-labelledby="s${index}">
<h2 id="s${index}">${escapeHtml(traffic)}</h2>
${teaches === '' ? '' : `<p class="teaches">${escapeHtml(teaches)}</p>`}
${renderFaults(section)}
${renderSummary(runs)}
${runs.length > 1 ? renderCompared(runs, index) : ''}
<div class="charts${runs.length > 1 ? ' many' : ''}">
${CHART_KINDS.map((kind) => renderRow(kind, runs, `s${index}-${kind.id}`)).join('\n')}
</div>
<p class="note">${resolutionNote(runs)}</p>
${runs.map(renderNumbers).join('\n')}
<details><summary>Scenario</summary><pre>${escapeHtml(scenarioText.trimEnd())}</pre></details>
</section>`;
}

function renderFaults({ runs }: ReportSection): string {
  const end = Math.max(...runs.map((run) => run.end));
  const faults = runs[0]?.spans.filter(({ kind }) => kind !== 'warm-up') ?? [];
  if (faults.length === 0) return '';
  const items = faults.map(({ name, detail, from, to, kind }) => {
    const time = formatTime(from, end) + (to > from ? ` to ${to >= end ? 'the end' : formatTime(to, end)}` : '');
    return `<li class="${kind}"><b>${escapeHtml(name)}</b> ${time}${detail === '' ? '' : ` (${escapeHtml(detail)})`}</li>`;
  });
  return `<div class="faults"><h3>What happens</h3><ul>${items.join('')}</ul></div>`;
}

/** One kind of chart, a picture per run, all on the same axes. */
function renderRow(kind: ChartKind, runs: readonly RecordedRun[], id: string): string {
  const { title, note } = kind;
  const charts = runs.map(kind.of);
  const axes = sharedAxes(charts, Math.max(...runs.map(({ end }) => end)));
  const figures = runs.map((run, i) => {
    const chart = charts[i] as Chart;
    const name = runs.length > 1 ? run.policy : '';
    const description = describeChart(`${title}, ${run.policy}`, chart, axes.end);
    const picture = renderChart({ chart, axes, spans: run.spans, description, id: `${id}-${i}` });
    const remark = kind.remark?.(run) ?? '';
    return `<figure>${name === '' ? '' : `<figcaption>${escapeHtml(name)}</figcaption>`}${picture}${remark === '' ? '' : `<p class="note">${escapeHtml(remark)}</p>`}</figure>`;
  });
  return `<div class="row"><h3>${escapeHtml(title)}</h3>${legend(charts)}<div class="cols">${figures.join('')}</div><p class="note">${escapeHtml(note)}</p></div>`;
}

/** Everybody's quantity in one picture, where comparing runs by eye is the point. */
function renderCompared(runs: readonly RecordedRun[], index: number): string {
  const end = Math.max(...runs.map((run) => run.end));
  const spans = runs[0]?.spans ?? [];
  const rows = comparisons(runs).map(({ id, title, chart }) => {
    const axes = sharedAxes([chart], end);
    const description = describeChart(title, chart, end);
    const picture = renderChart({ chart, axes, spans, description, id: `s${index}-all-${id}` });
    return `<div class="row"><h3>${escapeHtml(title)}</h3>${legend([chart])}<figure>${picture}</figure></div>`;
  });
  return `<h3 class="part">Compared</h3><div class="charts">${rows.join('\n')}</div><h3 class="part">One by one</h3>`;
}

/** What the colours and dashes of a row of charts stand for. */
function legend(charts: readonly Chart[]): string {
  const layers = new Map<string, Layer>();
  const lines = new Map<string, Line>();
  for (const chart of charts) {
    for (const layer of chart.layers) layers.set(layer.name, layer);
    for (const line of chart.lines) lines.set(line.name, line);
  }
  const items = [
    ...[...layers.values()].map(
      ({ name, colour }) => `<li><i class="area" style="--of:var(--${colour})"></i>${escapeHtml(name)}</li>`,
    ),
    ...[...lines.values()].map(
      ({ name, colour, dash = 'solid' }) =>
        `<li><i class="${dash}" style="--of:var(--${colour})"></i>${escapeHtml(name)}</li>`,
    ),
  ];
  return `<ul class="legend">${items.join('')}</ul>`;
}

function resolutionNote(runs: readonly RecordedRun[]): string {
  const coarsest = runs.reduce((a, b) => (b.ticksPerBin > a.ticksPerBin ? b : a));
  const span = coarsest.ticksPerBin * coarsest.interval;
  if (coarsest.ticksPerBin === 1) return `A point is one tick of ${span} s.`;
  return `A point stands for ${coarsest.ticksPerBin} ticks (${span} s): the line is their mean, the shade behind it reaches from the smallest to the largest, and quantiles are of all requests in it.`;
}
