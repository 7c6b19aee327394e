import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { createRng } from '../../../src/base/rng.js';
import type { Seconds } from '../../../src/base/units.js';
import { drawnMatrix } from '../../../src/cli/evaluate/matrix-options.js';
import { saturationThroughput } from '../../../src/decision/serving-profile.js';
import { drawMatrix } from '../../../src/evaluation/matrix/draw-matrix.js';
import { type MatrixSource, type MatrixWindow, SPLITS, sourceOf } from '../../../src/evaluation/matrix/matrix.js';
import { matrixCases } from '../../../src/evaluation/matrix/matrix-cases.js';
import { formatMatrix, loadMatrix } from '../../../src/evaluation/matrix/matrix-file.js';
import { SOURCES } from '../../../src/evaluation/matrix/sources.js';
import { withProfile } from '../../../src/evaluation/matrix/with-profile.js';
import { planRuns } from '../../../src/evaluation/planned-run.js';
import { createPlayer } from '../../../src/evaluation/play-run.js';
import { loadReplicaKind } from '../../../src/kisim/replica-kind.js';
import { traceFilesIn } from '../../../src/kisim/traffic/trace-files.js';
import { buildTraffic } from '../../../src/scenarios/build-traffic.js';
import { LATENCIES, servedLatency } from '../../../src/scenarios/served-latency.js';
import { DATA, WITHOUT_DATA } from '../../support/data.js';

const { matrix, hash } = loadMatrix();

/** Where a window lies in its file: begin and end in the file's own time. */
function spanOf({ from = 0, length, time }: MatrixWindow): readonly [number, number] {
  return [from, from + length / time];
}

describe('the matrix of judging', () => {
  it('is what its generator draws, byte by byte', () => {
    const drawn = drawnMatrix();
    expect(drawn).to.equal(formatMatrix(matrix));
    expect(hash).to.equal(createHash('sha256').update(drawn).digest('hex'));
  });

  it('has every source in its split and no window outside its section', () => {
    for (const window of matrix.windows) {
      const plan = SOURCES.find(({ name }) => name === sourceOf(window.id));
      expect(plan?.split, window.id).to.equal(window.split);
      const [from, to] = spanOf(window);
      const [begin, end] = plan?.section ?? [0, Number.POSITIVE_INFINITY];
      expect(from, window.id).to.be.at.least(begin);
      if (plan?.section) expect(to, window.id).to.be.at.most(end);
    }
  });

  it('judges by no second of any file that another split has seen', () => {
    const fileOf = ({ id }: MatrixWindow): string => {
      const source = matrix.sources.find(({ name }) => name === sourceOf(id));
      return `${source?.file} ${source?.model}`;
    };
    const [judged, others] = [true, false].map((isJudge) =>
      matrix.windows.filter(({ split, from }) => (split === 'judge') === isJudge && from !== undefined),
    );
    for (const one of judged ?? [])
      for (const other of others ?? []) {
        if (fileOf(one) !== fileOf(other)) continue;
        const [from, to] = spanOf(one);
        const [otherFrom, otherTo] = spanOf(other);
        expect(otherTo <= from || otherFrom >= to, `${one.id} and ${other.id}`).to.equal(true);
      }
  });

  it('gives every source a dozen short windows, and three days where there are days', () => {
    for (const { name, weight = 1, hasDays, isSlow } of SOURCES) {
      const windows = matrix.windows.filter(({ id }) => sourceOf(id) === name);
      const short = windows.filter(({ id }) => id.includes('/short-'));
      expect(short, name).to.have.lengthOf(12 * weight);
      expect(windows.length - short.length, name).to.equal(hasDays ? 3 : 0);
      expect(short.filter(({ time }) => time < 1).length, name).to.equal(isSlow ? 6 : 0);
      for (const { length } of short) expect(length, name).to.be.within(1434, 3600);
    }
  });

  it('draws a source alike whatever other sources there are', () => {
    const whole = drawMatrix(7, SOURCES, LATENCIES);
    for (const source of SOURCES.filter((_, i) => i % 5 === 0)) {
      const alone = drawMatrix(7, [source], LATENCIES);
      expect(alone.windows).to.deep.equal(whole.windows.filter(({ id }) => sourceOf(id) === source.name));
    }
  });

  it('makes the peak in replicas a rate at the throughput of the profile, within bounds that can hold it', () => {
    const cases = matrixCases(matrix, 'train', {});
    expect(cases.length).to.be.above(0);
    for (const { traffic, scenario } of cases) {
      const window = matrix.windows.find(({ id }) => id === traffic) as MatrixWindow;
      const kind = loadReplicaKind(window.profile);
      if (!kind.ok) throw new Error(kind.error);
      const { profile } = kind.value;
      const mu = saturationThroughput(profile, profile.meanInputTokens, profile.meanOutputTokens);
      expect((scenario.traffic.high ?? 0) / mu, traffic).to.be.closeTo(window.peak, 1e-9);
      expect(scenario.replicas.max, traffic).to.be.at.least(window.peak);
    }
  });

  it('needs no data for what is synthetic, and plays it', async () => {
    const [one] = matrixCases(matrix, 'train', { windows: ['synthetic-spike/short-01'] });
    if (!one) return expect.fail('no such window');
    const short = { ...one, scenario: { ...one.scenario, duration: 400 } };
    const [run] = planRuns({ cases: [short], policies: [{ name: 'planner' }], prices: [30], seeds: [1] });
    const row = run && (await createPlayer(async () => undefined)(run));
    expect(row).to.deep.include({ traffic: 'synthetic-spike/short-01', policy: 'planner' });
    expect(row?.requests).to.be.above(0);
  });

  it('puts windows on another profile: as many replicas of load, an objective as far from what it serves', () => {
    const of = (window: MatrixWindow) =>
      matrix.sources.find(({ name }) => name === sourceOf(window.id)) as MatrixSource;
    const profile = 'l4-qwen2.5-7b';
    for (const window of matrix.windows.filter(({ id }) => of({ id } as MatrixWindow).lengths === undefined)) {
      const moved = withProfile(window, of(window), profile);
      const { metric, limit } = moved.slo;
      const times = (at: Seconds, name: string): number => at / servedLatency(name, 'profile')[metric];
      // Limits are written down to a hundredth of a second.
      expect(times(limit, profile), window.id).to.be.closeTo(times(window.slo.limit, window.profile), 0.02);
      expect(moved.clientTimeout).to.be.at.least(Math.max(window.clientTimeout, 1.5 * limit - 0.05));
      expect(moved).to.include({ profile, peak: window.peak, coldStart: window.coldStart });
      const home = withProfile(window, of(window), window.profile);
      expect(home, window.id).to.deep.equal(window);
    }
    const [one] = matrixCases(matrix, 'train', { windows: ['synthetic-ramp/short-01'], profile });
    expect(one?.scenario.profile).to.equal(profile);
    expect(() => matrixCases(matrix, 'select', { data: '.', profile })).to.throw(
      RangeError,
      /^profile l4-qwen2.5-7b: no latency is known at these lengths, but of /,
    );
  });

  it('plays single windows, or all of a source', () => {
    const idsOf = (...windows: string[]): string[] =>
      matrixCases(matrix, 'train', { windows }).map(({ traffic }) => traffic);
    expect(idsOf('synthetic-ramp/short-02')).to.deep.equal(['synthetic-ramp/short-02']);
    expect(idsOf('synthetic-ramp')).to.have.length(12);
    expect(idsOf('synthetic-ramp', 'synthetic-ramp/short-02', 'synthetic-spike/short-01')).to.have.length(13);
    expect(idsOf('synthetic-random')).not.to.include('synthetic-random-walk/short-01');
  });

  it('refuses a window that the split does not have', () => {
    expect(() => matrixCases(matrix, 'select', { windows: ['synthetic-ramp/short-01'] })).to.throw(
      RangeError,
      /the split select has none/,
    );
  });

  for (const split of SPLITS)
    it(`finds traffic in the first window of every source of ${split}${WITHOUT_DATA}`, function () {
      if (DATA === undefined) return this.skip();
      const seen = new Set<string>();
      for (const one of matrixCases(matrix, split, { data: DATA })) {
        if (seen.has(sourceOf(one.traffic))) continue;
        seen.add(sourceOf(one.traffic));
        const kind = loadReplicaKind(one.scenario.profile);
        if (!kind.ok) throw new Error(kind.error);
        const { duration, traffic } = buildTraffic(
          one.scenario,
          kind.value.profile,
          createRng(1),
          traceFilesIn(one.folder),
        );
        expect(duration, one.traffic).to.be.closeTo(one.scenario.duration ?? Number.NaN, 1e-6);
        expect(traffic.next(), one.traffic).not.to.equal(undefined);
      }
      expect(seen.size).to.be.above(5);
    });
});
