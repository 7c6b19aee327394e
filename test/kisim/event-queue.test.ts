import { expect } from 'chai';
import fc from 'fast-check';
import { EventQueue, runUntil } from '../../src/kisim/event-queue.js';
import { LogHistogram } from '../../src/kisim/log-histogram.js';

describe('event queue', () => {
  it('fires in the order of time, priority and setting, whatever the order of setting', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), fc.nat(3)), { maxLength: 60 }), (keys) => {
        const queue = new EventQueue();
        const fired: [number, number, number][] = [];
        keys.forEach(([at, priority], i) => {
          queue.schedule(at, priority, (now) => {
            expect(now).to.equal(at);
            fired.push([at, priority, i]);
          });
        });
        runUntil([queue], 10);
        const ordered = keys
          .map(([at, priority], i): [number, number, number] => [at, priority, i])
          .sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
        expect(fired).to.deep.equal(ordered);
      }),
    );
  });

  it('stops before what lies beyond the end and takes up there later', () => {
    const queue = new EventQueue();
    const fired: number[] = [];
    for (const at of [1, 2, 3]) queue.schedule(at, 0, (now) => fired.push(now));
    runUntil([queue], 2);
    expect(fired).to.deep.equal([1, 2]);
    runUntil([queue], 3);
    expect(fired).to.deep.equal([1, 2, 3]);
  });

  it('serves what is scheduled meanwhile, and the earlier source at equal times', () => {
    const first = new EventQueue();
    const second = new EventQueue();
    const fired: string[] = [];
    second.schedule(1, 0, () => fired.push('second'));
    first.schedule(1, 0, () => {
      fired.push('first');
      first.schedule(1, 0, () => fired.push('meanwhile'));
    });
    runUntil([first, second], 1);
    expect(fired).to.deep.equal(['first', 'meanwhile', 'second']);
  });
});

describe('log histogram', () => {
  it('finds every quantile within one per cent', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1e-3, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, q) => {
          const histogram = new LogHistogram();
          for (const value of values) histogram.add(value);
          const sorted = values.toSorted((a, b) => a - b);
          const exact = sorted[Math.max(0, Math.ceil(q * values.length) - 1)] as number;
          expect(histogram.quantile(q) / exact).to.be.within(0.99, 1.0101);
        },
      ),
    );
  });

  it('has no quantile without values', () => expect(new LogHistogram().quantile(0.5)).to.satisfy(Number.isNaN));
});
