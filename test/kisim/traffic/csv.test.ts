import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readAzureTrace } from '../../../src/kisim/traffic/azure-trace.js';
import { linesOfFile, linesOfText } from '../../../src/kisim/traffic/lines.js';
import { readRateTrace } from '../../../src/kisim/traffic/rate-trace.js';
import { readRequestTrace } from '../../../src/kisim/traffic/request-trace.js';
import { TraceError } from '../../../src/kisim/traffic/trace-error.js';

const REQUESTS = 'arrival_s,input_tokens,output_tokens';
const RATES = 'time_s,rate_rps';

describe('traces', () => {
  const badRequestTraces: [string, string, number, RegExp][] = [
    [
      'an empty file',
      '',
      1,
      /header must be arrival_s,input_tokens,output_tokens\[,prefix_group\]\[,prefix_tokens\], found nothing/,
    ],
    ['another header', 'time,in,out\n1,2,3', 1, /found "time,in,out"/],
    ['a header alone', `${REQUESTS}\n`, 2, /no rows/],
    ['a word', `${REQUESTS}\n0,10,10\nsoon,10,10`, 3, /arrival_s must be a number, found "soon"/],
    ['a hexadecimal number', `${REQUESTS}\n0x10,10,10`, 2, /arrival_s must be a number/],
    ['NaN', `${REQUESTS}\nNaN,10,10`, 2, /arrival_s must be a number/],
    ['infinity', `${REQUESTS}\n1e999,10,10`, 2, /arrival_s must be a number/],
    ['a stamp in milliseconds since 1970', `${REQUESTS}\n1700000000000,10,10`, 2, /arrival_s must be between 0 and/],
    ['an empty field', `${REQUESTS}\n0,,10`, 2, /input_tokens must be a number, found nothing/],
    ['a negative time', `${REQUESTS}\n-1,10,10`, 2, /arrival_s must be between 0 and 1000000000, found -1/],
    ['a request without output', `${REQUESTS}\n0,10,0`, 2, /output_tokens must be between 1 and 10000000, found 0/],
    ['times that go back', `${REQUESTS}\n5,1,1\n4,1,1`, 3, /arrivals must not go back, found 4 after 5/],
    ['a missing field', `${REQUESTS}\n0,10`, 2, /3 fields expected, found 2/],
  ];
  for (const [what, text, line, message] of badRequestTraces) {
    it(`refuses a request trace with ${what} and names line ${line}`, () => {
      expect(() => readRequestTrace(linesOfText(text)))
        .to.throw(TraceError, message)
        .with.property('line', line);
    });
  }

  const badRateTraces: [string, string, number, RegExp][] = [
    ['a negative rate', `${RATES}\n0,-3\n1,2`, 2, /rate_rps must be between 0 and 1000000, found -3/],
    ['times that go back', `${RATES}\n0,1\n9,1\n8,1`, 4, /times must not go back/],
    ['a single row', `${RATES}\n0,1`, 3, /at least two rows are needed, found 1/],
    ['a variation of zero', `${RATES},cv\n0,1,0\n1,1,1`, 2, /cv must be between/],
    ['a fourth column', `${RATES},cv,x\n0,1,1,1`, 1, /header must be time_s,rate_rps\[,cv\]/],
  ];
  for (const [what, text, line, message] of badRateTraces) {
    it(`refuses a rate trace with ${what} and names line ${line}`, () => {
      expect(() => readRateTrace(linesOfText(text)))
        .to.throw(TraceError, message)
        .with.property('line', line);
    });
  }

  it('reads a request trace with a byte-order mark, CRLF, spaces and blank lines', () => {
    const trace = readRequestTrace(linesOfText(`\uFEFF${REQUESTS}\r\n0.5, 10, 20\r\n\r\n1.5e0,30,40\r\n`));
    expect({ requests: trace.requests, duration: trace.duration }).to.deep.equal({ requests: 2, duration: 1.5 });
    const traffic = trace.open();
    expect([traffic.next(), traffic.next(), traffic.next(), traffic.next()]).to.deep.equal([
      { arrival: 0.5, inputTokens: 10, outputTokens: 20 },
      { arrival: 1.5, inputTokens: 30, outputTokens: 40 },
      undefined,
      undefined,
    ]);
  });

  it('plays a request trace as often as it is opened', () => {
    const trace = readRequestTrace(linesOfText(`${REQUESTS}\n1,2,3`));
    expect(trace.open().next()).to.deep.equal(trace.open().next());
  });

  it('reads the Azure trace of 2023 with arrivals from the first request on', () => {
    const text =
      'TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 23:59:59.9000000,374,44\r\n2023-11-17 00:00:01.4000000,396,0';
    const trace = readAzureTrace(linesOfText(text));
    const traffic = trace.open();
    expect(traffic.next()).to.deep.equal({ arrival: 0, inputTokens: 374, outputTokens: 44 });
    const second = traffic.next();
    expect(second?.arrival).to.be.closeTo(1.5, 1e-6);
    expect(second?.outputTokens).to.equal(1);
  });

  it('names the file that is a folder, or packed by another name only', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kiscaler-'));
    try {
      expect(() => readRequestTrace(linesOfFile(folder))).to.throw(TraceError, `${folder}: must be a file`);
      const packed = join(folder, 'trace.csv.gz');
      writeFileSync(packed, `${REQUESTS}\n`);
      expect(() => readRequestTrace(linesOfFile(packed))).to.throw(TraceError, `${packed}: cannot be unpacked`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('names the line of a bad Azure row', () => {
    expect(() => readAzureTrace(linesOfText('TIMESTAMP,ContextTokens,GeneratedTokens\nyesterday,1,2')))
      .to.throw(TraceError, /2023-11-16/)
      .with.property('line', 2);
  });
});
