import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { familyCase, traceCase } from '../../src/evaluation/default-cases.js';
import { type EvaluateOptions, evaluate } from '../../src/evaluation/evaluate.js';
import { type EvaluationCase, keyOfRun, planRuns } from '../../src/evaluation/planned-run.js';
import { createPlayer, TrafficError } from '../../src/evaluation/play-run.js';
import { type EvaluationRow, ROW_KEYS } from '../../src/evaluation/row.js';
import { formatRowLine, parseRowLines } from '../../src/evaluation/row-file.js';
import { withModels } from '../../src/evaluation/variants.js';
import { loadReplicaKind } from '../../src/kisim/replica-kind.js';
import { createStatic } from '../../src/policies/static.js';
import { buildRow } from './support/rows.js';

const loaded = loadReplicaKind('demo-small');
if (!loaded.ok) throw new Error(loaded.error);
const named = { name: 'demo-small', kind: loaded.value };
const play = createPlayer(async () => undefined);

/** A quarter of an hour of a family. */
function short(family: 'spike' | 'ramp', duration = 900): EvaluationCase {
  const one = familyCase(family, named);
  return { ...one, scenario: { ...one.scenario, duration } };
}

const run = (
  names: readonly string[],
  cases = [short('ramp')],
  seeds = [1],
  prices = [30],
  rest: Partial<EvaluateOptions> = {},
): Promise<readonly EvaluationRow[]> =>
  evaluate({
    runs: planRuns({ cases, policies: names.map((name) => ({ name })), prices, seeds }),
    play,
    atOnce: 1,
    ...rest,
  });

describe('evaluate', () => {
  it('lets all policies meet the same requests under one seed, and others under another', async () => {
    const rows = await run(['static-3', 'planner', 'hpa'], [short('spike', 300)], [1, 2]);
    const requests = (seed: number): number[] => rows.filter((row) => row.seed === seed).map((row) => row.requests);
    expect(new Set(requests(1)).size).to.equal(1);
    expect(new Set(requests(2)).size).to.equal(1);
    expect(requests(1)[0]).not.to.equal(requests(2)[0]);
  });

  it('finds a larger static fleet dearer and no worse', async () => {
    const rows = await run(['static-2', 'static-5', 'static-9', 'static-14']);
    for (let i = 1; i < rows.length; i++) {
      expect(rows[i]?.cost).to.be.above(rows[i - 1]?.cost ?? Number.NaN);
      expect(rows[i]?.missRate).to.be.at.most(rows[i - 1]?.missRate ?? Number.NaN);
    }
    expect(rows[0]?.missRate).to.be.above(0.2);
    expect(rows.at(-1)?.missRate).to.be.below(0.02);
  });

  it('gives a row exactly these keys, the setting of a law among them', async () => {
    const [row] = await run(['kpa:targetUtilization=0.5,stableWindow=90']);
    expect(row).to.include({ policy: 'kpa', setting: 'targetUtilization=0.5,stableWindow=90', traffic: 'ramp' });
    expect(Object.keys(row ?? {})).to.deep.equal([...ROW_KEYS]);
  });

  it('counts every bad end among the misses, and bills what the profile says', async () => {
    const [row] = await run(['static-3']);
    const { timedOut, rejected, lost, unfinished, missRate, requests } = row as EvaluationRow;
    expect(timedOut + rejected).to.be.above(0);
    expect(timedOut + rejected + lost + unfinished).to.be.at.most(missRate * requests + 1e-6);
    expect(row?.dollars).to.be.closeTo((row?.replicaHours ?? 0) * named.kind.profile.pricePerHour, 1e-9);
    expect(row?.replicaHours).to.be.closeTo(3 * (row?.hours ?? 0), 1e-9);
    // A run under an hour is its own worst hour; a fleet that never changes never turns round.
    expect(row?.worstHourCost).to.be.closeTo(row?.cost ?? 0, 1e-9);
    expect(row?.worstHourMissRate).to.be.closeTo(missRate, 1e-9);
    expect(row).to.include({ flips: 0, changesPerHour: 0 });
    expect(row?.missEpisodes).to.be.at.least(1);
  });

  it('gives the same rows again, in the order of the runs, however many are played at a time', async () => {
    const names = ['planner', 'static-2', 'hpa'];
    const cases = [short('ramp'), short('spike', 300)];
    const inOrder = await run(names, cases);
    // Later runs end first.
    let waiting = 6;
    const rows = await run(names, cases, [1], [30], {
      atOnce: 6,
      play: async (one) => {
        const row = await play(one);
        for (let i = --waiting; i > 0; i--) await Promise.resolve();
        return row;
      },
    });
    expect(rows).to.deep.equal(inOrder);
    expect(rows.map(({ policy }) => policy)).to.deep.equal([...names, ...names]);
  });

  it('plays a law that is not told the price once for all prices, and counts every run', async () => {
    let played = 0;
    const seen: string[] = [];
    const rows = await run(['static-2'], [short('ramp')], [1], [10, 100], {
      play: (one) => {
        played++;
        return play(one);
      },
      onProgress: (done, total) => seen.push(`${done}/${total}`),
    });
    expect(played).to.equal(1);
    expect(seen).to.deep.equal(['2/2']);
    expect(rows.map(({ price }) => price)).to.deep.equal([10, 100]);
  });

  it('plays nothing that is known, and ends with the same rows', async () => {
    let file = '';
    const names = ['static-2', 'planner'];
    const rows = await run(names, [short('ramp')], [1, 2], [30], {
      onRow: (row, key) => {
        file += formatRowLine(row, key);
      },
    });
    // A killed process leaves its last line unfinished.
    const cut = file.slice(0, -20);
    const { rows: known, complete } = parseRowLines(cut);
    expect(known.size).to.equal(3);
    expect(cut.slice(0, complete)).to.match(/\n$/);
    const played: string[] = [];
    const again = await run(names, [short('ramp')], [1, 2], [30], {
      known,
      play: (one) => {
        played.push(`${one.policy} ${one.seed}`);
        return play(one);
      },
    });
    expect(played).to.deep.equal(['planner 2']);
    expect(again).to.deep.equal(rows);
  });

  it('plays again what differs in anything that matters', async () => {
    const known = new Map<string, EvaluationRow>();
    const count = async (cases: EvaluationCase[], names = ['static-2']): Promise<number> => {
      let played = 0;
      await run(names, cases, [1], [30], {
        known,
        onRow: (row, key) => known.set(key, row),
        play: (one) => {
          played++;
          return play(one);
        },
      });
      return played;
    };
    const one = short('ramp', 120);
    expect(await count([one])).to.equal(1);
    expect(await count([one])).to.equal(0);
    expect(await count([{ ...one, scenario: { ...one.scenario, warmup: 60 } }])).to.equal(1);
    expect(await count([one], ['static-3'])).to.equal(1);
    expect(await count([one], ['hpa:minReplicas=2'])).to.equal(1);
  });

  it('calls a run what its plan calls it, and plays it once under two names', async () => {
    let played = 0;
    const label = { policy: 'static-2-unguarded', setting: 'default' };
    const rows = await evaluate({
      runs: planRuns({
        cases: [short('ramp', 120)],
        policies: [{ name: 'static-2' }, { name: 'static-2', label }],
        prices: [30],
        seeds: [1],
      }),
      play: (one) => {
        played++;
        return play(one);
      },
      atOnce: 1,
    });
    expect(played).to.equal(1);
    expect(rows.map(({ policy }) => policy)).to.deep.equal(['static-2', 'static-2-unguarded']);
    expect({ ...rows[1], policy: 'static-2' }).to.deep.equal(rows[0]);
  });

  it('plays a learned policy once for every model, loads each once, and knows them by their checksums', async () => {
    const loaded: string[] = [];
    const players = createPlayer(async (path = 'shipped') => {
      loaded.push(path);
      return { ...createStatic(path === 'shipped' ? 2 : 5), forecast: async () => [] };
    });
    const models = ['a', 'b'].map((path) => ({ path, sha256: `sum of ${path}` }));
    const runs = planRuns({
      cases: [short('ramp', 120)],
      policies: withModels([{ name: 'learned' }, { name: 'static-2' }], models),
      prices: [10, 30],
      seeds: [1],
    });
    const rows = await evaluate({ runs, play: players, atOnce: 1, model: 'sum' });
    const names = ['learned', 'static-2', 'learned@1', 'learned@2'];
    expect(rows.map(({ policy, price }) => `${policy} ${price}`)).to.deep.equal(
      names.flatMap((name) => [`${name} 10`, `${name} 30`]),
    );
    expect(loaded).to.deep.equal(['shipped', 'a', 'b']);
    expect(new Set(runs.map((one) => keyOfRun(one, 'sum'))).size).to.equal(7);
    expect(rows[4]?.replicaHours).to.be.above(rows[0]?.replicaHours ?? Number.NaN);
  });

  it('says which line of a file of rows is none, or is of another version', () => {
    const sound = formatRowLine(buildRow({ p50: Number.NaN }), 'a');
    expect(parseRowLines(sound).rows.get('a')).to.deep.equal(buildRow({ p50: Number.NaN }));
    expect(() => parseRowLines(`${sound}hello\n`)).to.throw(/^line 2: must be a row .*hello/);
    const { flips, hours, ...older } = buildRow({});
    expect(() => parseRowLines(`${sound}${JSON.stringify({ ...older, run: 'b' })}\n`)).to.throw(
      /^line 2: a row of another version, without hours, flips; begin a new file/,
    );
  });

  it('says which traffic cannot be played', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kiscaler-'));
    const file = join(folder, 'mine.csv');
    writeFileSync(file, 'time_s,rate_rps\n0,-1\n');
    const error = await run(['static-2'], [traceCase(file, named)]).catch((cause: unknown) => cause);
    expect(error).to.be.instanceOf(TrafficError);
    expect((error as Error).message).to.match(/^[^:]*mine\.csv: line 2: rate_rps/);
    rmSync(folder, { recursive: true });
  });
});
