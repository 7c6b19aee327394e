import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { createRng } from '../../src/base/rng.js';
import type { RequestSpec } from '../../src/kisim/replica/request.js';
import { RATE_FAMILY_NAMES } from '../../src/kisim/traffic/families.js';
import { linesOfText } from '../../src/kisim/traffic/lines.js';
import { TRACE_FORMATS } from '../../src/kisim/traffic/read-source.js';
import type { TraceFiles } from '../../src/kisim/traffic/trace-files.js';
import { buildTraffic } from '../../src/scenarios/build-traffic.js';
import { checkScenario, parseScenario } from '../../src/scenarios/read-scenario.js';
import type { ScenarioInput } from '../../src/scenarios/scenario.js';
import { trafficSchema } from '../../src/scenarios/schema/traffic.js';
import { TEST_PROFILE } from '../kisim/support/runs.js';
import { all, isOrdered, ticking } from '../kisim/support/traffic.js';

type TrafficInput = ScenarioInput['traffic'];

const FILES: Readonly<Record<string, string>> = {
  'trace.csv': [
    'arrival_s,input_tokens,output_tokens',
    ...ticking(100).map((one) => `${one.arrival},${one.inputTokens},1`),
  ].join('\n'),
  'rates.csv': 'time_s,rate_rps\n0,10\n100,10\n100,0\n200,0',
  'hist.csv': 'model,field,bin_lo,bin_hi,prob\nm,input_tokens,7,7,1\nm,output_tokens,3,3,1',
  'a.csv': '0,2,1,Gamma,1,0.5\n600,0,0,,0,0',
  'b.csv': '0,0,0,,0,0\n600,4,2,Weibull,0.5,0.1',
};

const files: TraceFiles = {
  lines: (name) => linesOfText(FILES[name] ?? ''),
  list: (name) => (name === 'clients' ? ['a.csv', 'b.csv'] : undefined),
};

function checked(traffic: TrafficInput, duration?: number) {
  const result = checkScenario({ version: 1, name: 'traffic', profile: 'test', traffic, duration });
  return result.ok ? result.value : expect.fail(result.error);
}

function build(traffic: TrafficInput, duration?: number, seed = 1): { requests: RequestSpec[]; duration: number } {
  const built = buildTraffic(checked(traffic, duration), TEST_PROFILE, createRng(seed), files);
  return { requests: all(built.traffic), duration: built.duration };
}

const during = (requests: readonly RequestSpec[], from: number, to: number): number =>
  requests.filter(({ arrival }) => arrival >= from && arrival < to).length;

describe('traffic of a scenario file', () => {
  const bad: [string, string, RegExp][] = [
    ['no source', '{}', /^traffic: needs exactly one of pattern, file, clients, mix or sequence, found none/m],
    ['two sources', '{ file: x, mix: [{ file: y }] }', /^traffic: needs exactly one of .*, found file and mix/m],
    [
      'an unknown pattern',
      '{ pattern: tsunami, high: 1 }',
      /^traffic\.pattern: must be one of constant, ramp, .*weekly/m,
    ],
    ['a pattern without rate', '{ pattern: ramp }', /^traffic\.high: must be a rate >= low \(0\)$/m],
    ['bounds crossed', '{ pattern: ramp, low: 5, high: 2 }', /^traffic\.high: must be a rate >= low \(5\), found 2$/m],
    [
      'a rate beyond its range',
      '{ pattern: ramp, high: 1e6 }',
      /^traffic\.high: must be from 0 to 100000, found 1000000$/m,
    ],
    ['a rate that is no number', '{ pattern: ramp, high: .nan }', /^traffic\.high: must be of type number/m],
    [
      'a weekend on a ramp',
      '{ pattern: ramp, high: 2, weekend: 0.5 }',
      /^traffic\.weekend: has no meaning without weekly, found 0\.5$/m,
    ],
    ['levels of a file', '{ file: x, levels: [1, 2] }', /^traffic\.levels: has no meaning without mmpp/m],
    ['a single level', '{ pattern: mmpp, levels: [1] }', /^traffic\.levels: must have at least 2 entries/m],
    [
      'a format of no file',
      '{ pattern: ramp, high: 2, format: azure }',
      /^traffic\.format: has no meaning without file/m,
    ],
    ['an unknown format', '{ file: x, format: parquet }', /^traffic\.format: must be one of requests, rates, azure/m],
    ['a section upside down', '{ file: x, from: 20, to: 10 }', /^traffic\.to: must be > from \(20 s\), found 10$/m],
    ['a repeat of nothing', '{ file: x, repeat: 0 }', /^traffic\.repeat: must be from 1 to 10000, found 0$/m],
    ['clients without rate', '{ clients: { count: 5 } }', /^traffic\.clients\.rate: must be of type number/m],
    ['no clients', '{ clients: { count: 0, rate: 5 } }', /^traffic\.clients\.count: must be from 1 to 5000, found 0$/m],
    ['an empty mix', '{ mix: [] }', /^traffic\.mix: must have at least 1 entries/m],
    [
      'a bad part',
      '{ mix: [{ pattern: ramp, high: 2 }, { pattern: ramp }] }',
      /^traffic\.mix\.1\.high: must be a rate >= low/m,
    ],
    ['a mix in a mix', '{ mix: [{ mix: [{ file: x }] }] }', /^traffic\.mix\.0: unknown key mix/m],
    [
      'a start in a sequence',
      '{ sequence: [{ file: x, at: 5 }] }',
      /^traffic\.sequence\.0\.at: has no meaning in a sequence/m,
    ],
    [
      'a pattern without end in a sequence',
      '{ sequence: [{ pattern: ramp, high: 2 }] }',
      /^traffic\.sequence\.0\.duration: is needed/m,
    ],
    [
      'a length of nothing',
      '{ file: x, inputTokens: 0 }',
      /^traffic\.inputTokens: must be from 1 to 1000000, found 0$/m,
    ],
    [
      'a length of two kinds',
      '{ file: x, inputTokens: { mean: 5, constant: 5 } }',
      /^traffic\.inputTokens: unknown key mean/m,
    ],
    [
      'a length in words',
      '{ file: x, inputTokens: long }',
      /^traffic\.inputTokens: must be tokens from 1 to 1000000 in the mean, \{/m,
    ],
    [
      'a share beyond one',
      '{ file: x, prefixes: { groups: 2, tokens: 9, share: 2 } }',
      /^traffic\.prefixes\.share: must be from 0 to 1, found 2$/m,
    ],
    ['a surge without end', '{ file: x, surges: [{ at: 5, times: 9 }] }', /^traffic\.surges\.0\.duration: /m],
    [
      'a bomb without length',
      '{ file: x, tokenBombs: [{ at: 5, duration: 9 }] }',
      /^traffic\.tokenBombs\.0\.inputTokens: /m,
    ],
  ];
  for (const [what, traffic, message] of bad) {
    it(`refuses ${what}, by field, value and range`, () => {
      const result = parseScenario(`version: 1\nname: small\nprofile: test\ntraffic: ${traffic}\n`);
      expect(result.ok ? 'accepted' : result.error).to.match(message);
    });
  }

  it('stays the same when it is checked again', () => {
    const traffic: TrafficInput = {
      mix: [
        { pattern: 'mmpp', levels: [1, 5], stay: '1m', inputTokens: { mean: 100, sigma: 1 } },
        { file: 'trace.csv', at: '90s', from: '10s', to: '1m', repeat: 2, prefixes: { groups: 3, tokens: 8 } },
      ],
      surges: [{ at: '1m', duration: '30s', times: 4, outputTokens: { constant: 5 } }],
      tokenBombs: [{ at: '2m', duration: '30s', inputTokens: 5000 }],
    };
    const once = checked(traffic);
    expect(checkScenario(once)).to.deep.equal({ ok: true, value: once });
  });
});

describe('docs/traffic.md', () => {
  const page = readFileSync(new URL('../../docs/traffic.md', import.meta.url), 'utf8');

  it('names every pattern, format and key', () => {
    const keys = Object.keys(trafficSchema.shape);
    for (const name of [...RATE_FAMILY_NAMES, ...TRACE_FORMATS, ...keys])
      expect(page, name).to.match(new RegExp(`[\`{ ]${name}[\`:,} ]`));
  });

  it('shows an example that is sound', () => {
    const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    const result = parseScenario(`version: 1\nname: example\nprofile: test\n${example}`);
    expect(result.ok ? '' : result.error).to.equal('');
    expect(result.ok && result.value.traffic.mix).to.have.length(2);
  });
});

describe('traffic that is built', () => {
  it('takes a section of a trace, repeated and stretched', () => {
    const { requests, duration } = build({ file: 'trace.csv', from: 10, to: 30, repeat: 3, time: 2 });
    expect([requests.length, duration]).to.deep.equal([60, 120]);
    expect(requests[21]).to.deep.equal({ arrival: 42, inputTokens: 12, outputTokens: 1 });
  });

  it('takes a section of a rate path, and repeats it with other requests', () => {
    const { requests, duration } = build({ file: 'rates.csv', from: 50, to: 150, repeat: 4 });
    expect(duration).to.equal(400);
    for (const start of [0, 100, 200, 300]) {
      expect(during(requests, start, start + 50)).to.be.within(500 - 90, 500 + 90);
      expect(during(requests, start + 51, start + 100)).to.equal(0);
    }
    const first = requests.filter(({ arrival }) => arrival < 50).map(({ arrival }) => arrival);
    const second = requests
      .filter(({ arrival }) => arrival >= 100 && arrival < 150)
      .map(({ arrival }) => arrival - 100);
    expect(first).to.not.deep.equal(second);
  });

  it('says so when a section lies behind the end', () => {
    expect(() => build({ file: 'rates.csv', from: 500 })).to.throw(
      /^rates\.csv: from must lie within its 200 s, found 500$/,
    );
  });

  it('doubles requests with rate 2 and seconds with time 2, of patterns too', () => {
    const plain = build({ pattern: 'constant', high: 20 }, 400);
    const rated = build({ pattern: 'constant', high: 20, rate: 2 }, 400);
    const timed = build({ pattern: 'spike', low: 1, high: 20, time: 2 }, 400);
    expect(rated.requests.length / plain.requests.length).to.be.closeTo(2, 0.1);
    expect(timed.duration).to.equal(400);
    expect(during(timed.requests, 130, 270)).to.be.above(20 * during(timed.requests, 0, 110) * 0.5);
  });

  it('brings every client of a folder under its own name: one more shifts nobody', () => {
    const both = build({ file: 'clients' });
    const alone = buildTraffic(checked({ file: 'clients' }), TEST_PROFILE, createRng(1), {
      ...files,
      list: () => ['b.csv'],
    });
    expect(both.duration).to.equal(1200);
    expect(during(both.requests, 0, 600)).to.be.within(1200 - 150, 1200 + 150);
    expect(both.requests.filter(({ arrival }) => arrival > 600)).to.deep.equal(all(alone.traffic));
  });

  it('draws clients like those of production', () => {
    const { requests, duration } = build({ clients: { count: 40, rate: 15 } }, 1800);
    expect(duration).to.equal(1800);
    expect(requests.length).to.be.within(0.6 * 27_000, 1.4 * 27_000);
    expect(isOrdered(requests)).to.equal(true);
  });

  it('takes lengths as a mean, a law, a constant or counted ones, and a trace its own', () => {
    const lengths = (traffic: object) => {
      const { requests } = build({ pattern: 'constant', high: 40, ...traffic } as TrafficInput, 300);
      const inputs = requests.map(({ inputTokens }) => inputTokens);
      return { mean: inputs.reduce((sum, one) => sum + one, 0) / inputs.length, kinds: new Set(inputs) };
    };
    expect(lengths({ inputTokens: 700 }).mean).to.be.closeTo(700, 30);
    expect(lengths({ inputTokens: { mean: 700, sigma: 0.1 } }).mean).to.be.closeTo(700, 5);
    expect(lengths({ inputTokens: { constant: 64 } }).kinds).to.deep.equal(new Set([64]));
    expect(lengths({ inputTokens: { histogram: 'hist.csv', model: 'm' } }).kinds).to.deep.equal(new Set([7]));
    expect(build({ file: 'trace.csv', inputTokens: 5 }).requests[9]?.inputTokens).to.equal(10);
  });

  it('names the histogram that is wrong', () => {
    expect(() => build({ file: 'rates.csv', inputTokens: { histogram: 'hist.csv', model: 'x' } })).to.throw(
      /^hist\.csv: line 4: no input_tokens with prob > 0 for model "x"; models in the file: m$/,
    );
  });
});

describe('a peak', () => {
  const minutes = (requests: readonly RequestSpec[], duration: number): number[] =>
    Array.from({ length: Math.floor(duration / 60) }, (_, i) => during(requests, 60 * i, 60 * i + 60) / 60);

  it('is what the rate exceeds for two per cent of the time, for rates, clients and requests', () => {
    const rates = build({ file: 'rates.csv', peak: 40 });
    expect(during(rates.requests, 0, 100) / 100).to.be.closeTo(40, 2);
    const clients = build({ file: 'clients', peak: 20 });
    expect(Math.max(...minutes(clients.requests, 1200))).to.be.within(18, 28);
    const requests = build({ file: 'trace.csv', peak: 7, time: 10 });
    expect(requests.requests.length / 990).to.be.closeTo(7, 0.6);
  });

  it('goes without rate, and cannot be had of silence', () => {
    expect(() => checked({ file: 'rates.csv', peak: 4, rate: 2 })).to.throw(
      /traffic\.rate: has no meaning beside peak/,
    );
    expect(() => build({ file: 'rates.csv', from: 101, peak: 4 })).to.throw(/^rates\.csv: peak: nothing comes/);
  });
});

describe('any traffic', () => {
  const rate = fc.integer({ min: 0, max: 20 });
  const span = fc.integer({ min: 1, max: 200 });
  const tokens = fc.integer({ min: 1, max: 3000 });
  const prefixes = fc.record({
    groups: fc.integer({ min: 1, max: 9 }),
    tokens,
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const factors = { time: fc.constantFrom(0.5, 1, 3), rate: fc.constantFrom(0.3, 1, 2.5) };
  const pattern = fc.record(
    { pattern: fc.constantFrom(...RATE_FAMILY_NAMES), low: rate, cv: fc.constantFrom(0.5, 1, 4), ...factors, prefixes },
    { requiredKeys: ['pattern'] },
  );
  const file = fc.record(
    {
      file: fc.constantFrom('trace.csv', 'rates.csv', 'clients'),
      from: fc.integer({ min: 0, max: 90 }),
      repeat: fc.integer({ min: 1, max: 3 }),
      ...factors,
    },
    { requiredKeys: ['file'] },
  );
  const clients = fc.record({
    clients: fc.record({ count: fc.integer({ min: 1, max: 9 }), rate: fc.integer({ min: 1, max: 20 }) }),
  });
  const source = fc.oneof(
    pattern.map((one) => ({ ...one, high: 20 })),
    file,
    clients,
  );
  const parts = fc.array(
    fc.tuple(source, span).map(([one, duration]) => ({ ...one, duration })),
    { minLength: 1, maxLength: 3 },
  );
  const shaped = fc.record(
    {
      surges: fc.array(
        fc.record({ at: span, duration: span, times: fc.constantFrom(0, 0.5, 7), inputTokens: tokens }),
        { maxLength: 2 },
      ),
      tokenBombs: fc.array(fc.record({ at: span, duration: span, inputTokens: tokens }), { maxLength: 2 }),
      prefixes,
    },
    { requiredKeys: [] },
  );
  const traffic = fc
    .tuple(
      fc.oneof(
        source,
        parts.map((mix) => ({ mix })),
        parts.map((sequence) => ({ sequence })),
      ),
      shaped,
    )
    .map(([one, shape]) => ({ ...one, ...shape }) as TrafficInput);

  it('is in order, within its time, whole tokens, no prefix longer than its prompt; and the same bytes for the same seed', () => {
    fc.assert(
      fc.property(traffic, fc.option(fc.integer({ min: 60, max: 300 }), { nil: undefined }), (spec, limit) => {
        const { requests, duration } = build(spec, limit);
        if (limit !== undefined) expect(duration).to.equal(limit);
        expect(isOrdered(requests)).to.equal(true);
        for (const { arrival, inputTokens, outputTokens, prefixGroup = -1, prefixTokens = 0 } of requests) {
          const isSound =
            arrival >= 0 &&
            arrival <= duration + 1e-9 &&
            Number.isInteger(inputTokens) &&
            inputTokens >= 1 &&
            Number.isInteger(outputTokens) &&
            outputTokens >= 1 &&
            Number.isInteger(prefixGroup) &&
            prefixTokens <= inputTokens;
          if (!isSound)
            expect.fail(JSON.stringify({ arrival, inputTokens, outputTokens, prefixGroup, prefixTokens, duration }));
        }
        expect(build(spec, limit).requests.length).to.equal(requests.length);
      }),
      { numRuns: 60 },
    );
  });

  it('is refused when it lasts longer than a run may', () => {
    expect(() => build({ file: 'rates.csv', time: 10_000, repeat: 100 })).to.throw(
      /^the traffic lasts 200000000 s, at most 34560000/,
    );
  });
});

describe('several traffics', () => {
  const calm = { pattern: 'constant', high: 10 } as const;
  const late = { pattern: 'constant', high: 30, at: 300, duration: 100, inputTokens: { constant: 9 } } as const;

  it('overlay: each at its time, conserved, in order', () => {
    const { requests, duration } = build({ mix: [calm, late] }, 600);
    expect(duration).to.equal(600);
    expect(isOrdered(requests)).to.equal(true);
    const nines = requests.filter(({ inputTokens }) => inputTokens === 9);
    expect(during(nines, 300, 400)).to.be.within(3000 - 200, 3000 + 200);
    expect(nines.length - during(nines, 300, 400)).to.be.below(60);
  });

  it('overlay without shifting each other', () => {
    const two = build({ mix: [calm, late] }, 600).requests;
    const three = build(
      { mix: [calm, late, { pattern: 'constant', high: 5, inputTokens: { constant: 8 } }] },
      600,
    ).requests;
    expect(three.filter(({ inputTokens }) => inputTokens !== 8).length).to.be.within(two.length - 60, two.length);
    const nines = (requests: readonly RequestSpec[]) => requests.filter(({ inputTokens }) => inputTokens === 9);
    expect(nines(three)).to.deep.equal(nines(two));
  });

  it('last as long as the last of them where nothing else is said', () => {
    expect(build({ mix: [{ file: 'trace.csv' }, { file: 'rates.csv', at: 50 }] }).duration).to.equal(250);
  });

  it('follow each other, each as long as it is', () => {
    const { requests, duration } = build({
      sequence: [
        { file: 'trace.csv', to: 50 },
        { pattern: 'constant', high: 40, duration: 100, inputTokens: { constant: 9 } },
        { file: 'trace.csv', from: 50 },
      ],
    });
    expect(duration).to.equal(50 + 100 + 49);
    expect(isOrdered(requests)).to.equal(true);
    const traced = requests.filter(({ inputTokens, outputTokens }) => outputTokens === 1 && inputTokens !== 9);
    expect(traced.map(({ inputTokens }) => inputTokens)).to.include.members([1, 50, 51, 100]);
    expect(during(requests, 50, 150)).to.be.within(4000 - 260, 4000 + 260);
  });

  it('keep their prefix groups apart', () => {
    const prefixes = { groups: 4, tokens: 16 };
    const { requests } = build(
      {
        mix: [
          { ...calm, prefixes, inputTokens: { constant: 50 } },
          { ...calm, prefixes, inputTokens: { constant: 60 } },
        ],
      },
      300,
    );
    const groups = (tokens: number) =>
      new Set(requests.filter((one) => one.inputTokens === tokens).map(({ prefixGroup }) => prefixGroup));
    expect([...groups(50)].sort()).to.deep.equal([0, 2, 4, 6]);
    expect([...groups(60)].sort()).to.deep.equal([1, 3, 5, 7]);
  });

  it('take surges and bombs on top, and nothing else moves', () => {
    const plain = build(calm, 600).requests;
    const shaped = build(
      {
        ...calm,
        surges: [{ at: 100, duration: 50, times: 20, inputTokens: { constant: 3 }, outputTokens: { constant: 3 } }],
        tokenBombs: [{ at: 400, duration: 100, inputTokens: { constant: 40_000 } }],
      },
      600,
    ).requests;
    expect(during(shaped, 100, 150) / during(plain, 100, 150)).to.be.closeTo(20, 0.5);
    const arrivals = (requests: readonly RequestSpec[]) =>
      requests.filter(({ inputTokens }) => inputTokens !== 3).map(({ arrival }) => arrival);
    expect(arrivals(shaped)).to.deep.equal(arrivals(plain));
    expect(shaped.filter(({ inputTokens }) => inputTokens === 40_000).length).to.equal(during(plain, 400, 500));
  });

  it('give the same bytes for the same seed', () => {
    const traffic: TrafficInput = {
      mix: [{ clients: { count: 9, rate: 5 } }, { file: 'trace.csv', rate: 1.5 }],
      prefixes: { groups: 3, tokens: 9, share: 0.5 },
      surges: [{ at: 10, duration: 20, times: 3 }],
    };
    expect(build(traffic, 200, 7)).to.deep.equal(build(traffic, 200, 7));
    expect(build(traffic, 200, 7)).to.not.deep.equal(build(traffic, 200, 8));
  });
});
