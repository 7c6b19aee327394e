import { expect } from 'chai';
import fc from 'fast-check';
import { ManualClock } from '../../src/base/clock.js';
import { exponential, gamma, logNormal, normal, uniformInteger } from '../../src/base/distributions.js';
import { parseDecimal, parseDuration } from '../../src/base/numbers.js';
import { createRng, type Rng } from '../../src/base/rng.js';
import { mean, quantileSorted } from '../../src/base/statistics.js';
import { logGamma, weibull, weibullOfCv } from '../../src/base/weibull.js';

const draws = (count: number, draw: () => number): number[] => Array.from({ length: count }, draw);

describe('named random streams', () => {
  it('depend on the seed and the name alone', () => {
    const master = createRng(7);
    const fresh = createRng(7).stream('arrivals');
    const before = draws(5, () => fresh.next());
    master.stream('something new').next();
    master.next();
    const arrivals = master.stream('arrivals');
    expect(draws(5, () => arrivals.next())).to.deep.equal(before);
  });

  it('differ between names, seeds and nested names', () => {
    const first = (rng: { next(): number }): number => rng.next();
    const values = [
      first(createRng(1).stream('a')),
      first(createRng(1).stream('b')),
      first(createRng(2).stream('a')),
      first(createRng(1).stream('a').stream('a')),
      first(createRng(2 ** 40 + 1).stream('a')),
    ];
    expect(new Set(values).size).to.equal(values.length);
  });

  it('give the same bits on every platform', () => {
    const rng = createRng(42).stream('golden');
    expect(draws(3, () => Math.floor(rng.next() * 2 ** 32))).to.deep.equal([GOLDEN[0], GOLDEN[1], GOLDEN[2]]);
  });

  it('are uniform: a chi-square of 100 cells stays below its 99.9 % quantile', () => {
    const rng = createRng(3).stream('uniform');
    const cells = new Array<number>(100).fill(0);
    for (let i = 0; i < 100_000; i++) {
      const cell = Math.floor(rng.next() * 100);
      cells[cell] = (cells[cell] ?? 0) + 1;
    }
    const chiSquare = cells.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chiSquare).to.be.below(148.2);
  });
});

describe('distributions', () => {
  const rng = createRng(11).stream('distributions');
  const bursty = weibullOfCv(2);
  const regular = weibullOfCv(0.4);
  const cases: readonly { name: string; draw: () => number; mean: number; cv: number }[] = [
    { name: 'exponential', draw: () => exponential(rng, 3), mean: 3, cv: 1 },
    { name: 'gamma, bursty', draw: () => gamma(rng, 0.25, 2), mean: 2, cv: 2 },
    { name: 'gamma, regular', draw: () => gamma(rng, 4, 2), mean: 2, cv: 0.5 },
    { name: 'Weibull, bursty', draw: () => weibull(rng, bursty), mean: 1, cv: 2 },
    { name: 'Weibull, regular', draw: () => weibull(rng, regular), mean: 1, cv: 0.4 },
    {
      name: 'log-normal',
      draw: () => logNormal(rng, 1, 0.5),
      mean: Math.exp(0.125),
      cv: Math.sqrt(Math.exp(0.25) - 1),
    },
    { name: 'normal around 10', draw: () => 10 + normal(rng), mean: 10, cv: 0.1 },
  ];
  for (const { name, draw, mean: expected, cv } of cases) {
    it(`${name}: mean and coefficient of variation as stated`, () => {
      const values = draws(60_000, draw);
      const average = mean(values);
      const variance = mean(values.map((value) => (value - average) ** 2));
      expect(average).to.be.closeTo(expected, 0.03 * expected * Math.max(1, cv));
      expect(Math.sqrt(variance) / average).to.be.closeTo(cv, 0.06 * Math.max(cv, 0.2));
    });
  }

  it('uniform integers include both ends', () => {
    expect(new Set(draws(200, () => uniformInteger(rng, 2, 4)))).to.deep.equal(new Set([2, 3, 4]));
  });
});

describe('ziggurat sampling', () => {
  const standardNormalCdf = (x: number): number => {
    // Simpson's rule from 0: the density is smooth, 400 panels leave an error below 1e-12.
    const step = x / 400;
    let sum = 0;
    for (let i = 0; i <= 400; i++) sum += (i === 0 || i === 400 ? 1 : i % 2 ? 4 : 2) * Math.exp(-((i * step) ** 2) / 2);
    return 0.5 + (sum * step) / 3 / Math.sqrt(2 * Math.PI);
  };
  const laws: readonly [string, (rng: Rng) => number, (x: number) => number, number, number][] = [
    ['exponential', (rng) => exponential(rng, 1), (x) => 1 - Math.exp(-x), 0, 9],
    ['normal', normal, standardNormalCdf, -4.2, 4.2],
  ];
  for (const [name, draw, cdf, low, high] of laws) {
    it(`${name}: counts between 60 edges, tails included, pass a chi-square test`, () => {
      const rng = createRng(17).stream(name);
      const cells = 60;
      const counts = new Float64Array(cells + 2);
      const count = 400_000;
      for (let i = 0; i < count; i++) {
        const cell = Math.floor(((draw(rng) - low) / (high - low)) * cells) + 1;
        const at = Math.max(0, Math.min(cells + 1, cell));
        counts[at] = (counts[at] as number) + 1;
      }
      const edge = (i: number): number => (i < 0 ? 0 : i > cells ? 1 : cdf(low + ((high - low) * i) / cells));
      let chiSquare = 0;
      for (let i = 0; i < cells + 2; i++) {
        const expected = count * (edge(i) - edge(i - 1));
        if (expected > 0) chiSquare += ((counts[i] as number) - expected) ** 2 / expected;
      }
      // 61 degrees of freedom (60 for the exponential, which has no lower tail): the 99.9 % quantile is 101.
      expect(chiSquare).to.be.below(101);
    });
  }

  it('reaches beyond the last layer with the probability of the tail', () => {
    const rng = createRng(23).stream('tail');
    let beyond = 0;
    for (let i = 0; i < 1_000_000; i++) if (exponential(rng, 1) > 7.697117470131049) beyond++;
    // 1e6 exp(-7.697) = 454, standard deviation 21.3.
    expect(beyond).to.be.within(454 - 85, 454 + 85);
  });
});

describe('Weibull law', () => {
  it('has mean 1 and the variation asked for; 1 is exponential', () => {
    expect(weibullOfCv(1).shape).to.be.closeTo(1, 1e-9);
    for (const cv of [0.3, 0.8, 1.5, 4, 20]) {
      const { shape, scale } = weibullOfCv(cv);
      const first = scale * Math.exp(logGamma(1 + 1 / shape));
      const second = scale ** 2 * Math.exp(logGamma(1 + 2 / shape));
      expect(first).to.be.closeTo(1, 1e-9);
      expect(Math.sqrt(second - 1)).to.be.closeTo(cv, 1e-6 * cv);
    }
  });

  it('knows factorials: Gamma(n + 1) = n!', () => {
    let factorial = 1;
    for (let n = 1; n <= 20; n++) {
      factorial *= n;
      expect(logGamma(n + 1)).to.be.closeTo(Math.log(factorial), 1e-12 * Math.max(1, Math.log(factorial)));
    }
  });
});

describe('numbers from outside', () => {
  it('are plain decimals or nothing', () => {
    for (const text of ['', ' ', 'NaN', 'Infinity', '0x10', '1e400', '12abc', '１２', '+1', '1.', '.5', '1 ', '--1']) {
      expect(parseDecimal(text).ok, JSON.stringify(text)).to.equal(false);
    }
    expect(parseDecimal('-0')).to.deep.equal({ ok: true, value: 0 });
    expect(parseDecimal('12.5')).to.deep.equal({ ok: true, value: 12.5 });
  });

  it('never become NaN or infinite', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parseDecimal(text);
        if (parsed.ok) expect(Number.isFinite(parsed.value)).to.equal(true);
      }),
    );
  });

  it('as durations carry their unit', () => {
    const seconds = { '500ms': 0.5, '2s': 2, '1.5m': 90, '1h': 3600, '7': 7 };
    for (const [text, value] of Object.entries(seconds)) expect(parseDuration(text)).to.deep.equal({ ok: true, value });
    for (const text of ['', 's', '-1s', '2 s', '2d', '1e3s']) expect(parseDuration(text).ok, text).to.equal(false);
  });
});

describe('quantiles', () => {
  it('interpolate as type 7: the quartile of 1..5 is 2', () => {
    expect(quantileSorted([1, 2, 3, 4, 5], 0.25)).to.equal(2);
    expect(quantileSorted([1, 2], 0.5)).to.equal(1.5);
    expect(quantileSorted([9], 0.99)).to.equal(9);
  });
});

describe('manual clock', () => {
  it('wakes sleepers in the order of their times, also those that sleep again', async () => {
    const clock = new ManualClock(100);
    const seen: number[] = [];
    const tick = async (): Promise<void> => {
      for (let i = 0; i < 3; i++) {
        await clock.sleep(10);
        seen.push(clock.now());
      }
    };
    const done = tick();
    await clock.advance(25);
    expect(seen).to.deep.equal([110, 120]);
    await clock.advance(5);
    await done;
    expect(seen).to.deep.equal([110, 120, 130]);
  });

  it('lets an aborted sleeper go at once', async () => {
    const clock = new ManualClock();
    const abort = new AbortController();
    const sleeping = clock.sleep(1000, abort.signal);
    abort.abort();
    await sleeping;
    expect(clock.now()).to.equal(0);
  });
});

/** First 32-bit draws of seed 42, stream 'golden'. */
const GOLDEN = [4214021372, 2810302826, 1855006551];
