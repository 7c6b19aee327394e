import { expect } from 'chai';
import fc from 'fast-check';
import type { Span } from '../../src/report/chart.js';
import { laneCount, placeLabels } from '../../src/report/place-labels.js';

const span = (name: string, from: number, to: number): Span => ({ name, detail: '', from, to, kind: 'fault' });

describe('names of spans above a chart', () => {
  it('never cover each other in a line, and never leave the chart', () => {
    const spans = fc.array(
      fc
        .tuple(fc.string({ minLength: 1, maxLength: 20 }), fc.nat(1000), fc.nat(1000))
        .map(([name, a, b]) => span(name, Math.min(a, b), Math.max(a, b))),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(spans, (all) => {
        const boxes = [...placeLabels(all, { end: 1000, width: 400 })].flatMap(
          ([{ name, from, to }, { lane, shift }]) => {
            const middle = (400 * (from + to)) / 2 / 1000 + shift;
            return lane === undefined ? [] : [{ lane, from: middle - 3 * name.length, to: middle + 3 * name.length }];
          },
        );
        for (const [i, box] of boxes.entries()) {
          expect(box.from >= -1e-9 && box.to <= 400 + 1e-9).to.equal(true);
          for (const other of boxes.slice(i + 1))
            expect(box.lane !== other.lane || box.to <= other.from + 1e-9 || other.to <= box.from + 1e-9).to.equal(
              true,
            );
        }
      }),
    );
  });

  it('take a second line only where the first is taken', () => {
    expect(laneCount(placeLabels([], { end: 100, width: 400 }))).to.equal(0);
    const apart = [span('stock-out', 0, 10), span('metrics-stop', 80, 90)];
    expect(laneCount(placeLabels(apart, { end: 100, width: 400 }))).to.equal(1);
    const close = [span('stock-out', 40, 50), span('metrics-stop', 45, 60)];
    expect(laneCount(placeLabels(close, { end: 100, width: 400 }))).to.equal(2);
  });
});
