import { type CheckOptions, type FidelityCheck, type FidelityRow, percent, rowsOf } from '../row.js';
import { hashOfGallery } from './gallery-hash.js';
import {
  countAcausal,
  countFalls,
  countSplitDifferences,
  countUnconserved,
  countUnequalTwins,
  doubledP50,
  type LawCount,
  playRandomFleet,
  playRisingLoad,
  playShrinkingFleet,
} from './laws.js';
import { hashOnNode } from './node-versions.js';

const COMMAND = 'make fidelity ONLY=laws';
const row = rowsOf('laws', COMMAND);
const NODES = [20, 22, 24];
const P50_LIMIT = 0.01;

/** What must hold inside one run or between two, on random fleets. */
export const LAWS: FidelityCheck = {
  name: 'laws',
  run: async (options) => {
    const { short, progress } = options;
    const seeds = short ? 5 : 200;
    const count = short ? 500 : 2000;
    const rows = [await bytesRow(options)];
    const law = (check: string, tolerance: string, of: (seed: number) => LawCount): void => {
      progress(check);
      const counts = Array.from({ length: seeds }, (_, seed) => of(seed));
      const looks = counts.reduce((sum, one) => sum + one.looks, 0);
      const broken = counts.reduce((sum, one) => sum + one.broken, 0);
      rows.push(row(check, `${seeds} seeds`, `${broken} of ${looks} comparisons broken`, tolerance, broken === 0));
    };
    law('conservation: one outcome each, books equal the listener', 'none', (seed) =>
      countUnconserved(playRandomFleet(seed, count).play, count),
    );
    law('causality: arrival, schedule, first token, end; patience kept', 'none', (seed) => {
      const { play, timeout } = playRandomFleet(seed, count);
      return countAcausal(play, timeout);
    });
    law(
      'TTFT and latency (mean, p50, p99) never fall with the load',
      'none; TTFT quantiles by less than a step',
      (seed) => countFalls(playRisingLoad(seed, count)),
    );
    law(
      'TTFT and latency (mean, p50, p99) never rise with replicas',
      'none; TTFT quantiles by less than a step',
      (seed) => countFalls(playShrinkingFleet(seed, count)),
    );
    law('every request twice on twice the replicas: equal lives (round robin)', 'within 1 ns', (seed) =>
      countUnequalTwins(seed, count),
    );
    law('a run split at an idle point: equal records', 'within 1 ns', (seed) => countSplitDifferences(seed, count));
    progress('2x replicas + 2x load');
    return [...rows, p50Row(short ? 20 : 100, count)];
  },
};

async function bytesRow({ short, progress }: CheckOptions): Promise<FidelityRow> {
  progress('same seed, same bytes');
  const here = await hashOfGallery(1);
  const others = short
    ? [[process.version, await hashOfGallery(1)] as const]
    : NODES.map((version) => [`node ${version}`, hashOnNode(version)] as const);
  const asked = others.filter(([, hash]) => hash !== undefined);
  const equal = asked.filter(([, hash]) => hash === here);
  return row(
    'same seed, same bytes',
    'SHA-256 of every request and window of the gallery',
    `${here.slice(0, 12)} on ${process.version}; equal on ${equal.map(([name]) => name).join(', ')}`,
    'equal on every Node version',
    equal.length === asked.length && asked.length > 0,
  );
}

function p50Row(seeds: number, count: number): FidelityRow {
  const { mean, halfWidth } = doubledP50(seeds, count);
  return row(
    '2x replicas + 2x load (8 to 16, load 0.5, independent streams)',
    'p50 latency, relative difference',
    `${percent(mean)}, 99 % interval +-${percent(halfWidth)} over ${seeds} seeds`,
    'interval holds 0, or <= 1 %',
    Math.abs(mean) <= Math.max(halfWidth, P50_LIMIT),
  );
}
