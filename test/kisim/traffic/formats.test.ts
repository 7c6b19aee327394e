import { expect } from 'chai';
import { readCountSeries } from '../../../src/kisim/traffic/count-series.js';
import { readTokenHistogram } from '../../../src/kisim/traffic/length-histogram.js';
import { linesOfText } from '../../../src/kisim/traffic/lines.js';
import { readMooncakeTrace } from '../../../src/kisim/traffic/mooncake-trace.js';
import { expectedRequests, pathDuration, rateAt } from '../../../src/kisim/traffic/rate-path.js';
import { readSource, TRACE_FORMATS } from '../../../src/kisim/traffic/read-source.js';
import { readRequestTrace } from '../../../src/kisim/traffic/request-trace.js';
import { readServeGenClient } from '../../../src/kisim/traffic/servegen-client.js';
import { readServeGenRates } from '../../../src/kisim/traffic/servegen-rates.js';
import { TraceError } from '../../../src/kisim/traffic/trace-error.js';
import { all } from '../support/traffic.js';

const PREFIXED = 'arrival_s,input_tokens,output_tokens,prefix_group,prefix_tokens';
const RATES = 'model,t_s,rps,weighted_cv,clients_active';
const HISTOGRAM = 'model,field,bin_lo,bin_hi,prob';

const mooncake = (timestamp: number, input: number, ...blocks: number[]): string =>
  JSON.stringify({ timestamp, input_length: input, output_length: 9, hash_ids: blocks });

describe('request traces with prefixes', () => {
  it('carry a group and its tokens', () => {
    const trace = readRequestTrace(linesOfText(`${PREFIXED}\n0,100,5,3,64\n1,100,5,-1,0`));
    expect(all(trace.open())).to.deep.equal([
      { arrival: 0, inputTokens: 100, outputTokens: 5, prefixGroup: 3, prefixTokens: 64 },
      { arrival: 1, inputTokens: 100, outputTokens: 5, prefixGroup: -1, prefixTokens: 0 },
    ]);
  });

  const bad: [string, string, number, RegExp][] = [
    ['a prefix longer than the input', `${PREFIXED}\n0,10,1,0,11`, 2, /prefix_tokens must be <= input_tokens \(10\)/],
    ['a group that is no integer', `${PREFIXED}\n0,10,1,0.5,1`, 2, /prefix_group must be a whole number, found 0.5/],
    ['a group below -1', `${PREFIXED}\n0,10,1,-2,1`, 2, /prefix_group must be between -1 and/],
    ['a group without its tokens', 'arrival_s,input_tokens,output_tokens,prefix_group\n0,1,1,0', 1, /followed by/],
  ];
  for (const [what, text, line, message] of bad) {
    it(`refuse ${what}`, () => {
      expect(() => readRequestTrace(linesOfText(text)))
        .to.throw(TraceError, message)
        .with.property('line', line);
    });
  }
});

describe('Mooncake traces', () => {
  it('turn blocks that prompts have in common into groups along the most travelled branch', () => {
    const trace = readMooncakeTrace(
      linesOfText(
        [
          mooncake(0, 1500, 0, 1, 2),
          mooncake(3000, 2000, 0, 1, 2, 3),
          mooncake(6000, 1024, 0, 7),
          mooncake(9000, 1100, 0, 7, 8),
          mooncake(12000, 600, 9, 10),
          mooncake(15000, 1500, 0, 1, 4),
        ].join('\n'),
      ),
    );
    const prefixes = all(trace.open()).map(({ prefixGroup, prefixTokens }) => [prefixGroup, prefixTokens]);
    expect(prefixes).to.deep.equal([
      // 0-1-2 is the trunk: three go through 1, two through 2.
      [0, 1500],
      [0, 1536],
      // 0-7 is a branch: a group of its own, with the trunk's block in it.
      [1, 1024],
      [1, 1024],
      [undefined, undefined],
      // Leaves the trunk after two blocks, still shares those.
      [0, 1024],
    ]);
  });

  it('spread the requests of one stamp over the three seconds that it was cut to', () => {
    const trace = readMooncakeTrace(
      linesOfText([mooncake(0, 10, 1), mooncake(0, 10, 2), mooncake(0, 10, 3), mooncake(2999, 10, 4)].join('\n')),
    );
    const arrivals = all(trace.open()).map(({ arrival }) => arrival);
    expect(arrivals.map((arrival) => Number(arrival.toFixed(4)))).to.deep.equal([0, 0.9997, 1.9993, 2.999]);
  });

  const good = mooncake(0, 600, 1, 2);
  const bad: [string, string, number, RegExp][] = [
    ['nothing', '', 2, /no rows/],
    ['no JSON', `${good}\nnope`, 2, /must be a JSON object, found "nope"/],
    ['a list', '[1]', 1, /must be a JSON object/],
    ['a missing field', '{"timestamp":0}', 1, /input_length must be an integer from 1 to 10000000, found nothing/],
    ['a key of the prototype', '{"__proto__":{"timestamp":0}}', 1, /timestamp must be an integer/],
    ['a fraction', good.replace('600', '600.5'), 1, /input_length must be an integer .* found "600.5"/],
    ['a negative stamp', mooncake(-5, 10, 1), 1, /timestamp must be an integer from 0/],
    ['stamps that go back', `${mooncake(9, 10, 1)}\n${mooncake(8, 10, 2)}`, 2, /must not go back, found 8 after 9/],
    ['too few blocks', mooncake(0, 600, 1), 1, /hash_ids must be 2 integers/],
    ['blocks that are no tree', `${mooncake(0, 600, 1, 2)}\n${mooncake(1, 600, 2, 1)}`, 2, /follows another one/],
  ];
  for (const [what, text, line, message] of bad) {
    it(`refuse ${what}`, () => {
      expect(() => readMooncakeTrace(linesOfText(text)))
        .to.throw(TraceError, message)
        .with.property('line', line);
    });
  }
});

describe('count series', () => {
  it('become rates: the total stays, absent intervals counted nothing, values lie in the middle', () => {
    const path = readCountSeries(
      linesOfText(
        '\uFEFFperiod,count\r\n2020-01-01 23:58:00,60\r\n2020-01-01 23:59:00,120\r\n2020-01-02 00:01:00,60\r\n',
      ),
    );
    expect(pathDuration(path)).to.equal(240);
    expect(expectedRequests(path)).to.be.closeTo(240, 1e-9);
    expect([30, 90, 150, 210].map((at) => rateAt(path, at))).to.deep.equal([1, 2, 0, 1]);
  });

  const bad: [string, string, number, RegExp][] = [
    ['another header', 'time,value\n', 1, /must be timestamp,value or period,count, found "time,value"/],
    ['a single row', 'timestamp,value\n2020-01-01 00:00:00,1', 3, /at least two rows/],
    ['a day that is none', 'timestamp,value\n2020-02-30 00:00:00,1', 2, /stamp must be like/],
    ['an hour that is none', 'timestamp,value\n2020-02-20 24:00:00,1', 2, /stamp must be like/],
    ['stamps that go back', 'timestamp,value\n2020-01-01 00:05:00,1\n2020-01-01 00:00:00,1', 3, /must ascend/],
    ['a negative count', 'timestamp,value\n2020-01-01 00:00:00,-1', 2, /value must be between 0 and/],
    ['NaN', 'timestamp,value\n2020-01-01 00:00:00,NaN', 2, /value must be a number, found "NaN"/],
    [
      'stamps off the grid',
      'timestamp,value\n2020-01-01 00:00:00,1\n2020-01-01 00:05:00,1\n2020-01-01 00:12:00,1',
      4,
      /grid of 300 s/,
    ],
    [
      'a gap of centuries',
      'timestamp,value\n1000-01-01 00:00:00,1\n1000-01-01 00:00:01,1\n2020-01-01 00:12:00,1',
      4,
      /at most 10000000 intervals/,
    ],
  ];
  for (const [what, text, line, message] of bad) {
    it(`refuse ${what}`, () => {
      expect(() => readCountSeries(linesOfText(text)))
        .to.throw(TraceError, message)
        .with.property('line', line);
    });
  }
});

describe('ServeGen', () => {
  it("reads one model's rates and closes up over windows without data", () => {
    const path = readServeGenRates(
      linesOfText(`${RATES}\na,0,5,1,3\na,600,7,1,3\nb,0,4,2,1\nb,600,0,,0\nb,1200,8,2,1\nb,1800,8,2,1`),
      'b',
    );
    expect(pathDuration(path)).to.equal(1800);
    expect(expectedRequests(path)).to.be.closeTo(600 * 20, 1e-6);
    expect([rateAt(path, 599), rateAt(path, 601)]).to.deep.equal([4, 8]);
  });

  it("reads a client's windows: rate, variation and family, silence as one stretch", () => {
    const path = readServeGenClient(
      linesOfText('0,2,3,Weibull,0.5,0.2\n600,0,0,,0,0\n1200,0,0,,0,0\n1800,4,1.5,Gamma,0.4,0.5'),
    );
    expect(pathDuration(path)).to.equal(2400);
    expect(expectedRequests(path)).to.equal(600 * 6);
    expect([...path.times]).to.deep.equal([0, 600, 600, 1800, 1800, 2400]);
    expect([path.cvs?.[0], path.families?.[0], path.cvs?.[4], path.families?.[4]]).to.deep.equal([
      3,
      'Weibull',
      1.5,
      'Gamma',
    ]);
  });

  it('reads a histogram of lengths by model and field', () => {
    const text = `${HISTOGRAM}\na,input_tokens,1,1,1\nb,input_tokens,10,20,0.5\nb,input_tokens,30,30,0.5\nb,output_tokens,7,7,1`;
    expect(readTokenHistogram(linesOfText(text), 'b', 'input_tokens').mean).to.equal(22.5);
    expect(readTokenHistogram(linesOfText(text), 'b', 'output_tokens').mean).to.equal(7);
  });

  const rates = (text: string) => () => readServeGenRates(linesOfText(`${RATES}\n${text}`), 'a');
  const client = (text: string) => () => readServeGenClient(linesOfText(text));
  const histogram = (text: string) => () =>
    readTokenHistogram(linesOfText(`${HISTOGRAM}\n${text}`), 'a', 'input_tokens');
  const bad: [string, () => unknown, number, RegExp][] = [
    ['a model that is not there', rates('b,0,1,1,1\nb,600,1,1,1'), 2, /model must be one of b, found "a"/],
    ['windows out of step', rates('a,0,1,1,1\na,600,1,1,1\na,1900,1,1,1'), 4, /found 1900 as number 2/],
    ['a single window', rates('a,0,1,1,1'), 3, /at least two windows/],
    ['a rate that is NaN', rates('a,0,NaN,1,1'), 2, /rps must be a number/],
    ['a client with another family', client('0,1,1,Pareto,1,1'), 1, /must be Gamma or Weibull, found "Pareto"/],
    ['a client with a rate below zero', client('0,-1,1,Gamma,1,1'), 1, /rate_rps must be between 0 and/],
    ['a client with variation zero', client('0,1,0,Gamma,1,1'), 1, /cv must be between/],
    ['a client with a parameter that is no number', client('0,1,1,Gamma,x,1'), 1, /p1 must be a number, found "x"/],
    ['a client with a missing field', client('0,1,1,Gamma,1'), 1, /6 fields expected, found 5/],
    ['a client whose windows start late', client('600,1,1,Gamma,1,1\n1200,1,1,Gamma,1,1'), 1, /found 600 as number 0/],
    ['a histogram bin upside down', histogram('a,input_tokens,5,4,0.1'), 2, /bin_hi must be >= bin_lo \(5\), found 4/],
    ['a histogram without weight', histogram('a,input_tokens,5,6,0'), 3, /no input_tokens with prob > 0/],
  ];
  for (const [what, read, line, message] of bad) {
    it(`refuses ${what}`, () => {
      expect(read).to.throw(TraceError, message).with.property('line', line);
    });
  }
});

describe('traffic files', () => {
  const TEXTS: Readonly<Record<string, string>> = {
    requests: 'arrival_s,input_tokens,output_tokens\n0,1,1',
    rates: 'time_s,rate_rps\n0,1\n9,1',
    azure: 'TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,4808,10',
    mooncake: mooncake(0, 10, 1),
    counts: 'timestamp,value\n2020-01-01 00:00:00,1\n2020-01-01 00:05:00,2',
    'servegen-rates': `${RATES}\nm,0,1,1,1\nm,600,1,1,1`,
    'servegen-clients': '0,1,1,Gamma,1,1\n600,0,0,,0,0',
  };
  const files = (texts: Readonly<Record<string, string>>) => ({
    lines: (name: string) => linesOfText(texts[name] ?? ''),
    list: (name: string) => (name === 'folder' ? Object.keys(texts) : undefined),
  });

  it('are told apart by how they begin, also behind a byte-order mark', () => {
    expect(Object.keys(TEXTS)).to.have.members([...TRACE_FORMATS]);
    for (const [format, text] of Object.entries(TEXTS)) {
      const found = readSource({ file: 'x', model: 'm' }, files({ x: `\uFEFF${text}` }));
      expect(found.kind, format).to.equal(['requests', 'azure', 'mooncake'].includes(format) ? 'requests' : 'rates');
    }
  });

  it('are clients where a folder is named, each with its file as name', () => {
    const client = TEXTS['servegen-clients'] as string;
    const found = readSource({ file: 'folder' }, files({ 'a.csv': client, 'b.csv': client }));
    expect(found.kind === 'clients' && found.clients.map(({ name }) => name)).to.deep.equal(['a.csv', 'b.csv']);
  });

  it('are read once through the same files, and give the same requests every time', () => {
    let opened = 0;
    const counted = {
      lines: (name: string) => {
        opened++;
        return linesOfText(TEXTS[name] ?? '');
      },
      list: () => undefined,
    };
    readSource({ file: 'counts' }, counted);
    const before = opened;
    expect(readSource({ file: 'counts' }, counted)).to.equal(readSource({ file: 'counts' }, counted));
    expect(opened).to.equal(before);
    expect(readSource({ file: 'counts' }, { ...counted })).not.to.equal(readSource({ file: 'counts' }, counted));
    const trace = readSource({ file: 'azure' }, counted);
    if (trace.kind !== 'requests') return expect.fail(trace.kind);
    expect(trace.trace.open().next()).to.deep.equal(trace.trace.open().next());
  });

  const bad: [string, string, RegExp][] = [
    ['of no known kind', 'hello\n', /^x: line 1: a traffic file begins like one of requests, rates/],
    ['that is empty', '', /^x: line 1: a traffic file begins like .* found nothing/],
    ['with a bad row', 'time_s,rate_rps\n0,-1', /^x: line 2: rate_rps must be between/],
  ];
  for (const [what, text, message] of bad) {
    it(`are refused by name: one ${what}`, () => {
      expect(() => readSource({ file: 'x' }, files({ x: text }))).to.throw(TraceError, message);
    });
  }

  it('of another format than stated are refused', () => {
    expect(() => readSource({ file: 'x', format: 'rates' }, files({ x: TEXTS['requests'] as string }))).to.throw(
      TraceError,
      /^x: line 1: the header must be time_s,rate_rps/,
    );
  });
});
