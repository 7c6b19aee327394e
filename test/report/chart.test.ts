import { expect } from 'chai';
import fc from 'fast-check';
import { type Chart, type Point, sharedAxes } from '../../src/report/chart.js';
import { describeChart } from '../../src/report/describe-chart.js';
import { formatTime, formatValue, timeStep } from '../../src/report/format.js';
import { renderChart } from '../../src/report/render-chart.js';

const chart = (values: readonly number[], changes: Partial<Chart> = {}): Chart => ({
  unit: 'seconds',
  isWide: false,
  layers: [],
  lines: [{ name: 'p99', colour: 'c1', points: values.map((value, i): Point => [15 * i, value]) }],
  ...changes,
});

describe('axes of charts', () => {
  it('reach around every value of every chart, and begin at 0 unless they are logarithmic', () => {
    const values = fc.array(fc.oneof(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), fc.constant(Number.NaN)));
    fc.assert(
      fc.property(values, values, fc.boolean(), (a, b, isWide) => {
        const { low, high, scale, step } = sharedAxes([chart(a, { isWide }), chart(b, { isWide })], 60);
        for (const value of [...a, ...b]) if (!Number.isNaN(value)) expect(value).to.be.within(low, high * (1 + 1e-9));
        expect(low < high).to.equal(true);
        if (scale === 'linear') expect([low, Math.round(high / step) <= 6]).to.deep.equal([0, true]);
      }),
    );
  });

  it('reach around the limit and around stacked layers', () => {
    const points: Point[] = [[0, 4]];
    const layer = (name: string) => ({ name, colour: 'c1' as const, points });
    expect(sharedAxes([chart([1], { limit: { value: 30, name: 'objective' } })], 60).high).to.be.at.least(30);
    expect(sharedAxes([chart([], { layers: [layer('a'), layer('b')] })], 60).high).to.equal(8);
  });

  it('do not follow a line that is cut', () => {
    const [line] = chart([5]).lines;
    const cut = { name: 'answered', colour: 'c2' as const, isCut: true, points: [[0, 80]] as const };
    expect(sharedAxes([chart([], { lines: line ? [line, cut] : [] })], 60).high).to.equal(5);
  });

  it('are logarithmic only where values differ widely', () => {
    expect(sharedAxes([chart([0.02, 0.05], { isWide: true })], 60).scale).to.equal('linear');
    expect(sharedAxes([chart([0.02, 5], { isWide: true })], 60)).to.include({ scale: 'log', low: 0.01, high: 10 });
  });
});

describe('numbers on charts', () => {
  const values: [number, Parameters<typeof formatValue>[1], string][] = [
    [0.0123, 'seconds', '12.3 ms'],
    [2, 'seconds', '2 s'],
    [0, 'percent', '0 %'],
    [12.34, 'percent', '12.3 %'],
    [1234, 'count', '1234'],
    [12_345, 'count', '12.3k'],
    [3.5e6, 'count', '3.5M'],
    [0.004, 'dollars', '$0.004'],
    [1.4, 'dollars', '$1.40'],
    [2, 'dollars', '$2'],
    [0.00149, 'percent', '0.0015 %'],
    [Number.NaN, 'count', '-'],
  ];
  for (const [value, unit, text] of values)
    it(`show ${value} (${unit}) as ${text}`, () => expect(formatValue(value, unit)).to.equal(text));

  it('show times to the minute, and the day where there are several', () => {
    expect(formatTime(95, 1800)).to.equal('1:35');
    expect(formatTime(5400, 86_400)).to.equal('1:30 h');
    expect(formatTime(90_000, 7 * 86_400)).to.equal('day 2 1:00');
  });

  it('leave room between the labels of any length of time', () => {
    for (const end of [60, 600, 3600, 86_400, 604_800, 3e7]) expect(end / timeStep(end)).to.be.within(1, 6);
  });
});

describe('a picture of a chart', () => {
  const picture = {
    chart: chart([1, Number.NaN, 3, 2], { limit: { value: 2, name: 'objective 2 s' } }),
    axes: sharedAxes([chart([1, 3])], 60),
    spans: [
      { name: 'metrics-stop', detail: '', from: 10, to: 30, kind: 'fault' as const },
      { name: 'pod-crash', detail: '', from: 20, to: 20, kind: 'fault' as const },
    ],
    description: 'Latency <b> "of" a & b',
    id: 'p0',
  };
  const svg = renderChart(picture);

  it('is an image with a name, without anything that runs or is loaded', () => {
    expect(svg).to.match(/^<svg role="img" aria-label="Latency &lt;b&gt; &quot;of&quot; a &amp; b"/);
    expect(svg).not.to.match(/<script|<style|href=|on\w+=|url\((?!#p0-)/);
  });

  it("has the page's colours, names its spans and its limit", () => {
    expect(svg).to.include('stroke="var(--c1)"').and.to.include('fill="var(--fault)"');
    for (const name of ['metrics-stop', 'pod-crash', 'objective 2 s']) expect(svg).to.include(`>${name}<`);
  });

  it('is the same text every time', () => expect(renderChart(picture)).to.equal(svg));

  it('leaves a gap where a value is missing', () => {
    const strokes = [...svg.matchAll(/<path d="([^"]+)"[^>]*stroke="var\(--c1\)"/g)].map((match) => match[1] as string);
    expect(strokes.join('').match(/M/g)).to.have.length(2);
    expect(strokes.join('').match(/L/g)).to.have.length(1);
  });

  it('shows a value between two gaps as a dot', () => {
    expect(svg.match(/<path d="M1 0A1 1/g) ?? []).to.have.length(1);
    const line = { ...picture, chart: chart([1, 2, 3]), id: 'p1' };
    expect(renderChart(line)).not.to.match(/<path d="M1 0A1 1/);
  });

  it('is told in words: range, when it was largest, and the end', () => {
    expect(describeChart('Latency', picture.chart, 60)).to.equal(
      'Latency. p99 from 1 s to 3 s (at 0:30), at the end 2 s. Limit: objective 2 s.',
    );
    expect(describeChart('Latency', chart([Number.NaN]), 60)).to.equal('Latency. p99 without values.');
  });
});
