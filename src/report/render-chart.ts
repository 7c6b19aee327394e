import type { EChartsCoreOption } from 'echarts/core';
import type { Axes, Chart, Layer, Line, Point, Span } from './chart.js';
import { formatTime, formatValue, timeStep } from './format.js';
import { type Label, laneCount, placeLabels } from './place-labels.js';
import { AXIS, AXIS_LABEL, ink, LABEL, QUIET, renderSvg, WIDTH } from './render-svg.js';

const HEIGHT = 190;
const LEFT = 50;
const RIGHT = 14;

/** What one picture is drawn from. */
export interface Picture {
  readonly chart: Chart;
  readonly axes: Axes;
  readonly spans: readonly Span[];
  /** What is read out in the place of the picture. */
  readonly description: string;
  /** Unique on the page; letters, digits and dashes. */
  readonly id: string;
}

/** One chart as an SVG element that inherits the page's colours. Pure: equal pictures give equal text. */
export function renderChart({ chart, axes, spans, description, id }: Picture): string {
  return renderSvg(optionOf(chart, axes, spans), { height: HEIGHT, description, id });
}

function optionOf(chart: Chart, axes: Axes, spans: readonly Span[]): EChartsCoreOption {
  const labels = placeLabels(spans, { end: axes.end, width: WIDTH - LEFT - RIGHT });
  return {
    grid: { left: LEFT, right: RIGHT, top: 8 + LABEL * laneCount(labels), bottom: 22 },
    xAxis: timeAxis(axes),
    yAxis: valueAxis(chart, axes),
    series: [
      ...chart.layers.map((layer) => layerSeries(layer, chart)),
      ...chart.lines.flatMap((line) => [...bandSeries(line), lineSeries(line)]),
      background(chart, labels, axes),
    ],
  };
}

function timeAxis({ end }: Axes) {
  const step = timeStep(end);
  return {
    type: 'value',
    min: 0,
    max: end,
    interval: step,
    axisLabel: {
      ...AXIS_LABEL,
      formatter: (at: number) => formatTime(at, end),
      showMaxLabel: end % step === 0,
    },
    ...AXIS,
    splitLine: { show: false },
  };
}

function valueAxis({ unit }: Chart, { scale, low, high, step }: Axes) {
  return {
    type: scale === 'log' ? 'log' : 'value',
    min: low,
    max: high,
    ...(scale === 'log' ? {} : { interval: step }),
    axisLabel: {
      ...AXIS_LABEL,
      formatter: (value: number) => formatValue(value, unit),
    },
    splitLine: { lineStyle: { color: 'var(--line)' } },
  };
}

function lineSeries({ name, colour, dash, isStep, points }: Line) {
  return {
    ...QUIET,
    name,
    ...(isStep ? { step: 'end' } : {}),
    showSymbol: true,
    symbol: 'none',
    data: points.map(([at, value], i) => {
      const isAlone = !isKnown(points[i - 1]) && !isKnown(points[i + 1]);
      // A value between two gaps has no line that would show it.
      return isAlone && !Number.isNaN(value)
        ? { value: [at, value], symbol: 'circle', symbolSize: 3 }
        : [at, gap(value)];
    }),
    itemStyle: { color: ink(colour) },
    lineStyle: { color: ink(colour), width: dash === 'dotted' ? 2 : 1.6, type: dash ?? 'solid' },
    z: 3,
  };
}

/** The span between smallest and largest, as an invisible area with a visible one on top. */
function bandSeries({ name, colour, points, band }: Line) {
  if (!band) return [];
  const at = (i: number): number => points[i]?.[0] ?? Number.NaN;
  const area = { ...QUIET, stack: `${name} band`, lineStyle: { width: 0, opacity: 0 }, z: 1 };
  return [
    { ...area, data: band.map(([low], i) => [at(i), gap(low)]) },
    {
      ...area,
      data: band.map(([low, high], i) => [at(i), gap(high - low)]),
      areaStyle: { color: ink(colour), opacity: 0.18 },
    },
  ];
}

function layerSeries({ name, colour, points }: Layer, { unit }: Chart) {
  return {
    ...QUIET,
    name,
    stack: 'layers',
    step: unit === 'percent' ? 'middle' : 'end',
    data: points.map(([at, value]) => [at, gap(value)]),
    itemStyle: { color: ink(colour) },
    lineStyle: { color: ink(colour), width: 0.6 },
    areaStyle: { color: ink(colour), opacity: 0.75 },
    z: 1,
  };
}

/** Limit and spans, on a series of their own that has no data. */
function background({ limit }: Chart, labels: ReadonlyMap<Span, Label>, { end }: Axes) {
  const spans = [...labels.keys()];
  const text = (span: Span) => {
    const { lane, shift } = labels.get(span) ?? { lane: undefined, shift: 0 };
    return {
      show: lane !== undefined,
      formatter: span.name,
      color: ink('ink'),
      fontSize: LABEL - 1,
      distance: 2 + LABEL * (lane ?? 0),
      // Centred text moves by half of the padding on one side.
      padding: shift > 0 ? [0, 0, 0, 2 * shift] : [0, -2 * shift, 0, 0],
    };
  };
  const shaded = spans.filter(({ from, to }) => to > from);
  const instants = spans.filter(({ from, to }) => to === from);
  return {
    ...QUIET,
    data: [],
    markArea: {
      silent: true,
      data: shaded.map((span) => [
        {
          xAxis: span.from,
          itemStyle: { color: `var(--${span.kind})`, opacity: 1 },
          label: { ...text(span), position: 'top' },
        },
        { xAxis: Math.min(span.to, end) },
      ]),
    },
    markLine: {
      silent: true,
      symbol: 'none',
      data: [
        ...(limit
          ? [
              {
                yAxis: limit.value,
                lineStyle: { color: ink('bad'), type: 'dashed', width: 1.4 },
                label: { formatter: limit.name, color: ink('bad'), position: 'insideEndTop', fontSize: LABEL },
              },
            ]
          : []),
        ...instants.map((span) => ({
          xAxis: span.from,
          lineStyle: { color: ink('bad'), type: 'dotted', width: 1.2 },
          label: { ...text(span), position: 'end' },
        })),
      ],
    },
  };
}

function isKnown(point: Point | undefined): boolean {
  return point !== undefined && Number.isFinite(point[1]);
}

function gap(value: number): number | '-' {
  return Number.isFinite(value) ? value : '-';
}
