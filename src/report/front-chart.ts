import type { EChartsCoreOption } from 'echarts/core';
import { power } from '../base/power.js';
import { efficientPoints } from '../evaluation/fronts/cost-at-misses.js';
import type { PolicyFront } from '../evaluation/fronts/policy-fronts.js';
import type { Pooled } from '../evaluation/pool-rows.js';
import { formatValue } from './format.js';
import { markOf } from './policy-marks.js';
import { AXIS, AXIS_LABEL, ink, LABEL, QUIET, renderSvg } from './render-svg.js';

const HEIGHT = 250;
/** Share of misses, %, below which it makes no difference any more: such points lie on the edge. */
const LEAST_MISSES = 0.1;
const MOST_MISSES = 100;
/** Largest over smallest cost from which a logarithmic axis shows more than a linear one. */
const WIDE = 4;

export interface FrontPicture {
  /** What was played: a trace, or all of them. */
  readonly title: string;
  readonly fronts: readonly PolicyFront[];
  /** All policies of the page, so that each looks the same in every picture. */
  readonly policies: readonly string[];
  /** Levels of misses that are compared at. */
  readonly levels: readonly number[];
  readonly id: string;
}

/** Cost against misses: every point of every policy, a line through those that no other point of the policy beats. */
export function renderFrontChart({ title, fronts, policies, levels, id }: FrontPicture): string {
  const points = fronts.flatMap((front) => front.points.filter(isShown));
  const series = fronts.flatMap((front) => frontSeries(front, policies));
  const option: EChartsCoreOption = {
    grid: { left: 44, right: 14, top: 20, bottom: 38 },
    xAxis: missAxis(points),
    yAxis: costAxis(points),
    series: [...series, levelLines(levels)],
  };
  return renderSvg(option, { height: HEIGHT, description: describe(title, fronts), id });
}

function isShown({ cost, missRate }: Pooled): boolean {
  return Number.isFinite(cost) && Number.isFinite(missRate);
}

function frontSeries({ policy, points }: PolicyFront, policies: readonly string[]) {
  const { colour, dash, symbol } = markOf(policy, policies);
  const shown = points.filter(isShown);
  const efficient = efficientPoints(shown);
  const common = { ...QUIET, showSymbol: true, symbol, itemStyle: { color: ink(colour) } };
  return [
    {
      ...common,
      data: efficient.map(placeOf),
      symbolSize: 5,
      lineStyle: { color: ink(colour), width: 1.6, type: dash },
      z: 3,
    },
    {
      ...common,
      data: shown.filter((point) => !efficient.includes(point)).map(placeOf),
      symbolSize: 4,
      itemStyle: { color: ink(colour), opacity: 0.4 },
      lineStyle: { width: 0, opacity: 0 },
      z: 2,
    },
  ];
}

function placeOf({ cost, missRate }: Pooled): readonly [number, number] {
  return [Math.max(LEAST_MISSES, 100 * missRate), cost];
}

function missAxis(points: readonly Pooled[]) {
  const most = Math.max(10, ...points.map(({ missRate }) => 100 * missRate));
  return {
    type: 'log',
    min: LEAST_MISSES,
    max: Math.min(MOST_MISSES, power(10, Math.ceil(Math.log10(most)))),
    name: 'misses',
    nameLocation: 'middle',
    nameGap: 22,
    nameTextStyle: { color: ink('soft'), fontSize: LABEL },
    axisLabel: { ...AXIS_LABEL, formatter: (value: number) => formatValue(value, 'percent') },
    ...AXIS,
    splitLine: { show: false },
  };
}

function costAxis(points: readonly Pooled[]) {
  const costs = points.map(({ cost }) => cost);
  const [low, high] = [Math.min(...costs), Math.max(...costs)];
  const isWide = high > WIDE * low;
  const log2 = (value: number, round: (value: number) => number): number => power(2, round(Math.log2(value)));
  return {
    ...(isWide
      ? { type: 'log', logBase: 2, min: log2(low, Math.floor), max: log2(high, Math.ceil) }
      : { type: 'value', scale: true }),
    name: 'cost',
    nameTextStyle: { color: ink('soft'), fontSize: LABEL },
    nameGap: 6,
    axisLabel: { ...AXIS_LABEL, formatter: (value: number) => formatValue(value, 'count') },
    splitLine: { lineStyle: { color: 'var(--line)' } },
  };
}

function levelLines(levels: readonly number[]) {
  return {
    ...QUIET,
    data: [],
    markLine: {
      silent: true,
      symbol: 'none',
      data: levels.map((level) => ({
        xAxis: 100 * level,
        lineStyle: { color: ink('bad'), type: 'dashed', width: 1 },
        label: { formatter: `${100 * level} %`, color: ink('bad'), fontSize: LABEL },
      })),
    },
  };
}

function describe(title: string, fronts: readonly PolicyFront[]): string {
  const said = fronts.map(({ policy, points }) => {
    const shown = efficientPoints(points.filter(isShown));
    const [cheap, dear] = [shown[0], shown.at(-1)];
    if (!cheap || !dear) return `${policy} without points`;
    const text = ({ cost, missRate }: Pooled): string =>
      `cost ${formatValue(cost, 'count')} at ${formatValue(100 * missRate, 'percent')}`;
    return `${policy} from ${text(cheap)} to ${text(dear)}`;
  });
  return `Cost against misses, ${title}. ${said.join('; ')}.`;
}
