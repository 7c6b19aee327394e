import { LineChart } from 'echarts/charts';
import { GridComponent, MarkAreaComponent, MarkLineComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { Colour } from './chart.js';
import { escapeHtml } from './html.js';

use([LineChart, GridComponent, MarkAreaComponent, MarkLineComponent, SVGRenderer]);

/** Pictures are drawn for the width of a phone and scaled up from there, so that text stays legible. */
export const WIDTH = 440;
/** Size of text. */
export const LABEL = 11;

export interface SvgOptions {
  readonly height: number;
  /** What is read out in the place of the picture. */
  readonly description: string;
  /** Unique on the page; letters, digits and dashes. */
  readonly id: string;
}

/** What ECharts draws, as an SVG element that inherits the page's colours. Pure: equal options give equal text. */
export function renderSvg(option: EChartsCoreOption, { height, description, id }: SvgOptions): string {
  const canvas = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  try {
    canvas.setOption({ animation: false, textStyle: { fontSize: LABEL }, ...option });
    return accessible(canvas.renderToSVGString(), description, id);
  } finally {
    canvas.dispose();
  }
}

/** Without the renderer's running numbers, interaction hooks and style sheets; with a name that is read out. */
function accessible(svg: string, description: string, id: string): string {
  const label = escapeHtml(description);
  return svg
    .replaceAll(/<style[\s\S]*?<\/style>/g, '')
    .replaceAll(/ (?:class|ecmeta_\w+|pointer-events|baseProfile|xmlns:xlink|dominant-baseline)="[^"]*"/g, (match) =>
      match.startsWith(' dominant') ? match : '',
    )
    .replaceAll(/\bzr\d+-c(\d+)\b/g, `${id}-$1`)
    .replaceAll(/font-family:[^;"]*;?/g, '')
    .replaceAll('\n', '')
    .replace(/<svg width="\d+" height="\d+"/, `<svg role="img" aria-label="${label}"`);
}

/** A colour of the page. */
export function ink(colour: Colour): string {
  return `var(--${colour})`;
}

/** Lines that answer to nobody's mouse. */
export const QUIET = {
  type: 'line',
  showSymbol: false,
  silent: true,
  emphasis: { disabled: true },
  animation: false,
} as const;

/** How an axis is drawn. */
export const AXIS = {
  axisLine: { lineStyle: { color: 'var(--soft)' } },
  axisTick: { lineStyle: { color: 'var(--soft)' } },
} as const;

export const AXIS_LABEL = { color: 'var(--soft)', fontSize: LABEL, hideOverlap: true } as const;
