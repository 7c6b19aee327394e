import type { EChartsCoreOption } from 'echarts/core';
import type { Interval } from '../evaluation/bootstrap.js';
import { formatValue } from './format.js';
import { AXIS, AXIS_LABEL, ink, QUIET, renderSvg } from './render-svg.js';

/** One line of a chart of intervals; without an interval it stands empty. */
export interface IntervalLine {
  readonly name: string;
  readonly interval: Interval | undefined;
}

export interface IntervalPicture {
  readonly title: string;
  readonly lines: readonly IntervalLine[];
  /** Where nothing differs: a line across, such as 1 of a ratio. */
  readonly even?: number;
  readonly id: string;
}

const LINE = 20;
const NAMES = 150;

/** Estimates with their intervals, one below the other, in the order given. */
export function renderIntervalChart({ title, lines, even, id }: IntervalPicture): string {
  const option: EChartsCoreOption = {
    grid: { left: NAMES, right: 20, top: 6, bottom: 26 },
    xAxis: {
      type: 'value',
      scale: true,
      axisLabel: { ...AXIS_LABEL, formatter: (value: number) => formatValue(value, 'count') },
      splitLine: { lineStyle: { color: 'var(--line)' } },
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: lines.map(({ name }) => name),
      ...AXIS,
      axisTick: { show: false },
      axisLabel: {
        ...AXIS_LABEL,
        color: ink('ink'),
        interval: 0,
        hideOverlap: false,
        width: NAMES - 12,
        overflow: 'truncate',
      },
    },
    series: [
      ...lines.flatMap(({ interval }, i) => (interval ? [bar(interval, i), dot(interval, i)] : [])),
      evenLine(even),
    ],
  };
  return renderSvg(option, { height: 32 + LINE * lines.length, description: describe(title, lines), id });
}

function bar({ low, high }: Interval, i: number) {
  return {
    ...QUIET,
    data: [
      [low, i],
      [high, i],
    ],
    lineStyle: { color: ink('c1'), width: 2 },
    z: 2,
  };
}

function dot({ estimate }: Interval, i: number) {
  return {
    ...QUIET,
    showSymbol: true,
    symbol: 'circle',
    symbolSize: 7,
    data: [[estimate, i]],
    itemStyle: { color: ink('c1') },
    z: 3,
  };
}

/** The line, and a point on it that nobody sees: the axis reaches as far. */
function evenLine(even: number | undefined) {
  if (even === undefined) return { ...QUIET, data: [] };
  const line = { xAxis: even, lineStyle: { color: ink('bad'), type: 'dashed', width: 1.2 }, label: { show: false } };
  return { ...QUIET, data: [[even, 0]], markLine: { silent: true, symbol: 'none', data: [line] } };
}

function describe(title: string, lines: readonly IntervalLine[]): string {
  const said = lines.map(({ name, interval }) => {
    if (!interval) return `${name} cannot be told`;
    const [estimate, low, high] = [interval.estimate, interval.low, interval.high].map((one) => one.toFixed(2));
    return `${name} ${estimate}, ${low} to ${high}`;
  });
  return `${title}. ${said.join('; ')}.`;
}
