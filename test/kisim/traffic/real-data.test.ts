import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createRng } from '../../../src/base/rng.js';
import type { Client } from '../../../src/kisim/traffic/clients.js';
import { readTokenHistogram } from '../../../src/kisim/traffic/length-histogram.js';
import { linesOfFile } from '../../../src/kisim/traffic/lines.js';
import { rateQuantile } from '../../../src/kisim/traffic/peak.js';
import { expectedRequests, pathDuration, type RatePath } from '../../../src/kisim/traffic/rate-path.js';
import { createRateTraffic } from '../../../src/kisim/traffic/rate-traffic.js';
import { readSource } from '../../../src/kisim/traffic/read-source.js';
import type { RequestTrace } from '../../../src/kisim/traffic/request-trace.js';
import { cutPath } from '../../../src/kisim/traffic/splice-path.js';
import { traceFilesIn } from '../../../src/kisim/traffic/trace-files.js';
import { DATA, WITHOUT_DATA } from '../../support/data.js';
import { constantLengths } from '../support/traffic.js';

const WINDOW = 600;

function source(file: string, model?: string) {
  return readSource({ file, model }, traceFilesIn(DATA ?? '.'));
}

function traceOf(file: string): RequestTrace {
  const found = source(file);
  return found.kind === 'requests' ? found.trace : expect.fail(found.kind);
}

function pathOf(file: string, model?: string): RatePath {
  const found = source(file, model);
  return found.kind === 'rates' ? found.path : expect.fail(found.kind);
}

describe(`public traces${WITHOUT_DATA}`, () => {
  before(function () {
    if (!DATA) this.skip();
  });

  it('Azure: 8,819 code and 19,366 conversation requests in about an hour', () => {
    const code = traceOf('azure_llm2023/AzureLLMInferenceTrace_code.csv');
    const conversation = traceOf('azure_llm2023/AzureLLMInferenceTrace_conv.csv');
    expect([code.requests, conversation.requests]).to.deep.equal([8819, 19_366]);
    expect([code.duration / 60, conversation.duration / 60].map(Math.round)).to.deep.equal([57, 58]);
  });

  it('Mooncake: 12,031 requests in 59 minutes, of whose prompt tokens the groups have 35 per cent in common', () => {
    const trace = traceOf('mooncake/conversation_trace.jsonl');
    expect([trace.requests, Math.round(trace.duration / 60)]).to.deep.equal([12_031, 59]);
    const known = new Map<number, number>();
    let reused = 0;
    let blocks = 0;
    const traffic = trace.open();
    for (let request = traffic.next(); request; request = traffic.next()) {
      const { inputTokens, prefixGroup = -1, prefixTokens = 0 } = request;
      const shared = Math.ceil(prefixTokens / 512);
      blocks += Math.ceil(inputTokens / 512);
      if (prefixGroup < 0) continue;
      reused += Math.min(shared, known.get(prefixGroup) ?? 0);
      known.set(prefixGroup, Math.max(shared, known.get(prefixGroup) ?? 0));
    }
    // 36.6 % of the trace's 288,500 blocks had been seen before.
    expect(blocks).to.equal(288_500);
    expect(reused / blocks).to.be.within(0.35, 0.3664);
  });

  it('NAB: taxis of 215 days, one count each half an hour', () => {
    const path = pathOf('nab/nyc_taxi.csv');
    expect(pathDuration(path) / 86_400).to.equal(215);
    expect(expectedRequests(path) / 10_320).to.be.closeTo(15_138, 1);
  });

  it('World Cup: all 949,210,014 requests, read from the packed file', () => {
    const path = pathOf('worldcup98/requests_per_minute.csv.gz');
    expect(expectedRequests(path)).to.be.closeTo(949_210_014, 100);
    // From 21:30 on the first day to midnight after the last one.
    expect(pathDuration(path) / 60).to.equal(60 * 1440 + 150);
  });

  it('ServeGen: the rates of both models, 84 windows of m-mid left out', () => {
    const large = pathOf('servegen/rate_10min.csv', 'm-large');
    expect(expectedRequests(large) / pathDuration(large)).to.be.closeTo(195.8, 0.1);
    expect(rateQuantile([large], 0.5)).to.be.closeTo(187, 3);
    const mid = pathOf('servegen/rate_10min.csv', 'm-mid');
    expect(pathDuration(mid) / WINDOW).to.equal(2016 - 84);
    expect(expectedRequests(mid) / pathDuration(mid)).to.be.closeTo((1790 * 2016) / (2016 - 84), 100);
    expect(Math.min(...mid.rates)).to.be.above(0);
  });

  it('ServeGen: token lengths by model', () => {
    const lines = linesOfFile(join(DATA as string, 'servegen/token_hist.csv'));
    expect(readTokenHistogram(lines, 'm-large', 'input_tokens').mean).to.be.closeTo(934.9, 0.1);
    expect(readTokenHistogram(lines, 'm-mid', 'output_tokens').mean).to.be.closeTo(52.3, 0.1);
  });
});

describe(`ServeGen's clients of m-large${WITHOUT_DATA}`, () => {
  let folder = '';
  let clients: readonly Client[] = [];

  before(function () {
    if (!DATA) return this.skip();
    folder = mkdtempSync(join(tmpdir(), 'kiscaler-servegen-'));
    execFileSync('tar', ['xzf', join(DATA, 'servegen/client_traces_m-large.tar.gz'), '-C', folder]);
    const found = readSource({ file: join(folder, 'm-large') }, traceFilesIn('.'));
    clients = found.kind === 'clients' ? found.clients : expect.fail(found.kind);
  });

  after(() => {
    if (folder !== '') rmSync(folder, { recursive: true });
  });

  it('are 162, and together as fast as the table of their model, window by window', () => {
    expect(clients).to.have.length(162);
    const table = linesOfFile(join(DATA as string, 'servegen/rate_10min.csv'));
    const rows = [...table()].filter((line) => line.startsWith('m-large,')).map((line) => line.split(','));
    for (const i of [0, 1, 777, 2015]) {
      const sum = clients.reduce((total, { path }) => {
        return total + expectedRequests(cutPath(path, i * WINDOW, (i + 1) * WINDOW));
      }, 0);
      expect(sum / WINDOW).to.be.closeTo(Number(rows[i]?.[2]), 1e-3);
    }
  });

  it('bring the rate of their rows, and gaps that vary as their rows say, within each window', () => {
    // Two hours of the second day. A Weibull row with a variation of ten does not show all of it within ten minutes.
    const [from, to] = [86_400, 86_400 + 7200];
    const sums = { Gamma: new Float64Array(2), Weibull: new Float64Array(2) };
    let expected = 0;
    let requests = 0;
    for (const { name, path } of clients) {
      const section = cutPath(path, from, to);
      expected += expectedRequests(section);
      const traffic = createRateTraffic({ path: section, lengths: constantLengths() }, createRng(1).stream(name));
      for (const window of windowsOf(traffic, section)) {
        requests += window.requests;
        if (window.requests < 10) continue;
        const sum = sums[window.family];
        sum[0] = (sum[0] as number) + window.rate * window.cv;
        sum[1] = (sum[1] as number) + window.rate * window.rowCv;
      }
    }
    expect(requests / expected).to.be.closeTo(1, 0.02);
    const ratio = ({ 0: found, 1: stated }: Float64Array) => (found as number) / (stated as number);
    expect(ratio(sums.Gamma)).to.be.closeTo(1, 0.03);
    expect(ratio(sums.Weibull)).to.be.within(0.5, 1.3);
  });
});

/** What a client did in each of its windows, beside what its row says. */
function* windowsOf(traffic: ReturnType<typeof createRateTraffic>, path: RatePath) {
  let request = traffic.next();
  for (let knot = 0; knot < path.times.length - 1; knot++) {
    const end = path.times[knot + 1] as number;
    const gaps: number[] = [];
    let previous = Number.NaN;
    let requests = 0;
    for (; request && request.arrival < end; request = traffic.next()) {
      if (requests++ > 0) gaps.push(request.arrival - previous);
      previous = request.arrival;
    }
    if (requests === 0) continue;
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
    yield {
      requests,
      rate: path.rates[knot] as number,
      cv: Math.sqrt(variance) / mean,
      rowCv: path.cvs?.[knot] ?? 1,
      family: path.families?.[knot] ?? 'Gamma',
    };
  }
}
