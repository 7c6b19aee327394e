import { expect } from 'chai';
import { perSignal, SIGNAL_NAMES, SIGNALS } from '../../../src/decision/signal.js';
import type { Window } from '../../../src/decision/window.js';
import { SignalHistory } from '../../../src/kisim/telemetry/history.js';

const GRID = { interval: 15, ticks: 4, lag: 15 };
const FIRST = 3;

/** What every signal has at tick number `number`: tells signals and ticks apart; NaN before the first evaluation. */
const valueAt = (index: number, number: number): number => (number < FIRST ? Number.NaN : 1000 * index + number);

/** Every signal of a window, against what was stored. */
function expectWindowOf(window: Window, number: number): void {
  expect(window.tick).to.equal(number * GRID.interval);
  for (const [index, name] of SIGNAL_NAMES.entries()) {
    const length = SIGNALS[name].depth === 'window' ? GRID.ticks : 1;
    const wanted = Array.from({ length }, (_, i) => valueAt(index, number - length + 1 + i));
    expect([...window.series[name]], name).to.deep.equal(wanted);
  }
}

describe('history of signals', () => {
  it('gives the window of every tick that is kept, and windows that were taken never change', () => {
    const history = new SignalHistory(GRID, FIRST - 1);
    const taken = new Map<number, Window>();
    for (let number = FIRST; number < FIRST + 60; number++) {
      history.store(
        number,
        perSignal((name) => valueAt(SIGNAL_NAMES.indexOf(name), number)),
      );
      taken.set(number, history.window(number * GRID.interval));
      expectWindowOf(history.window((number - 2) * GRID.interval), number - 2);
      expect(history.value('specReplicas', number - 7)).to.deep.equal(
        valueAt(SIGNAL_NAMES.indexOf('specReplicas'), number - 7),
      );
      expect(history.value('specReplicas', number - 8)).to.deep.equal(Number.NaN);
    }
    for (const [number, window] of taken) expectWindowOf(window, number);
  });

  it('has no window of a tick that lies ahead or is no longer kept', () => {
    const history = new SignalHistory(GRID, FIRST - 1);
    for (let number = FIRST; number < FIRST + 30; number++)
      history.store(
        number,
        perSignal(() => 1),
      );
    for (const number of [FIRST + 30, FIRST + 25])
      expect(() => history.window(number * 15)).to.throw(RangeError, 'newest');
  });
});

describe('signals', () => {
  it('are all in a record of them, each under its own name', () => {
    expect(Object.entries(perSignal((name) => name))).to.deep.equal(SIGNAL_NAMES.map((name) => [name, name]));
  });
});
