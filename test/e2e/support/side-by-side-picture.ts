import { readFileSync } from 'node:fs';
import { type Chart, type Line, type Point, sharedAxes } from '../../../src/report/chart.js';
import { describeChart } from '../../../src/report/describe-chart.js';
import { escapeHtml } from '../../../src/report/html.js';
import { renderChart } from '../../../src/report/render-chart.js';
import { LABEL, WIDTH } from '../../../src/report/render-svg.js';
import type { FleetSample } from './measured-fleet.js';

export interface SampledFleet {
  readonly name: string;
  readonly samples: readonly FleetSample[];
}

const COLOURS = ['c1', 'c2', 'c3'] as const;
const DASHES = [undefined, 'dashed', 'dotted'] as const;
const CHART = 190;
const HEAD = 30;
const STEP = CHART + HEAD + 8;

/** Fleets on the same traffic in one picture that opens by itself: what came, what each had, and what each missed. */
export function drawSideBySide(fleets: readonly SampledFleet[], end: number): string {
  const [first] = fleets;
  const arrivals: Line = { name: 'arriving', colour: 'ink', points: first ? rates(first.samples) : [] };
  const linesOf = (of: (sample: FleetSample) => number): readonly Line[] =>
    fleets.map(({ name, samples }, i) =>
      line(
        name,
        i,
        samples.map((sample) => [sample.at, of(sample)] as const),
      ),
    );
  const charts: readonly (readonly [title: string, chart: Chart])[] = [
    ['Requests per second', chartOf('per-second', [arrivals])],
    [
      'spec.replicas',
      chartOf(
        'count',
        linesOf(({ spec }) => spec),
      ),
    ],
    [
      'Requests that missed the objective so far',
      chartOf(
        'count',
        linesOf(({ misses }) => misses),
      ),
    ],
  ];
  const drawn = charts.map(([title, chart], i) => part(title, chart, end, i)).join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${STEP * charts.length}" font-family="sans-serif">
<title>${charts.map(([title]) => title).join(', ')}: ${fleets.map(({ name }) => name).join(', ')}</title>
<style>${colours()}</style>
<rect width="100%" height="100%" fill="var(--card)"/>
${drawn}
</svg>
`;
}

function chartOf(unit: Chart['unit'], lines: readonly Line[]): Chart {
  return { unit, isWide: false, layers: [], lines };
}

function line(name: string, i: number, points: readonly Point[]): Line {
  const dash = DASHES[i % DASHES.length];
  return { name, points, isStep: true, colour: COLOURS[i % COLOURS.length] ?? 'ink', ...(dash ? { dash } : {}) };
}

/** Arrivals a second from one sample to the next. */
function rates(samples: readonly FleetSample[]): readonly Point[] {
  return samples.slice(1).map(({ at, injected }, i) => {
    const before = samples[i] as FleetSample;
    return [at, (injected - before.injected) / (at - before.at)];
  });
}

function part(title: string, chart: Chart, end: number, i: number): string {
  const description = describeChart(title, chart, end);
  const picture = renderChart({ chart, axes: sharedAxes([chart], end), spans: [], description, id: `part-${i}` });
  const legend = chart.lines.length > 1 ? chart.lines.map(legendEntry).join('') : '';
  const head = `<text x="12" y="14" font-size="${LABEL + 1}" font-weight="600" fill="var(--ink)">${escapeHtml(title)}</text>`;
  const placed = picture.replace('<svg ', `<svg x="0" y="${HEAD}" width="${WIDTH}" height="${CHART}" `);
  return `<g transform="translate(0 ${STEP * i + 6})">${head}${legend}${placed}</g>`;
}

function legendEntry({ name, colour, dash }: Line, i: number): string {
  const x = 50 + 130 * i;
  const dashes = { dashed: '5 4', dotted: '2 3' };
  const pattern = dash ? ` stroke-dasharray="${dashes[dash]}"` : '';
  return `<path d="M${x} 23h18" stroke="var(--${colour})" stroke-width="2"${pattern}/><text x="${x + 23}" y="27" font-size="${LABEL}" fill="var(--soft)">${escapeHtml(name)}</text>`;
}

/** The page's colours, light and dark. */
function colours(): string {
  const sheet = readFileSync(new URL('../../../src/report/assets/report.css', import.meta.url), 'utf8');
  return sheet.slice(0, sheet.indexOf('\n* {'));
}
