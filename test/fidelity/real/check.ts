import { LATENCIES } from '../../../src/kisim/replica/latency-statistics.js';
import { DATA } from '../../support/data.js';
import { type FidelityCheck, type FidelityRow, percent, rowsOf } from '../row.js';
import { compareWithLinearFit, judgeOddKnots, type Spread } from './kernel-tables.js';
import { compareReportedCapacity, compareTabledCapacity } from './kv-capacity.js';
import { judgeSplitwiseDecode, judgeTritonTables } from './measured-tables.js';
import {
  compareRecordedRun,
  compareUncalibrated,
  meanAbsoluteError,
  RECORDED_RUNS,
  type RecordedRun,
} from './recorded-runs.js';

const COMMAND = 'make fidelity ONLY=real';
const row = rowsOf('logs', COMMAND);
/** p50 and p90 of a recorded run's second half; steady TPOT. */
export const LOG_TOLERANCE = 0.05;
export const TPOT_TOLERANCE = 0.1;

/** Recorded runs and published tables of real servers; the same in its short form, for it takes seconds. */
export const REAL: FidelityCheck = {
  name: 'real',
  run: async ({ progress }) => {
    if (!DATA) return { skipped: 'the public data sets are not here (KISCALER_DATA)' };
    const rows: FidelityRow[] = [];
    for (const run of RECORDED_RUNS) {
      progress(run.name);
      rows.push(...runRows(run));
    }
    progress('tables');
    return [...rows, ...uncalibratedRows(), ...capacityRows(), ...tableRows()];
  },
};

function runRows(run: RecordedRun): readonly FidelityRow[] {
  const { c0, kvBlocks, judged, whole, p99Interval } = compareRecordedRun(run);
  const blocks = run.reportedBlocks ? `, ${kvBlocks} KV blocks (${run.reportedBlocks} reported)` : '';
  const check = `${run.name}: recorded run of vLLM 0.19, 300 requests`;
  const earlier = percent(run.earlierError);
  const average = meanAbsoluteError(whole);
  return [
    ...reportedBlocksRows(run, check),
    row(check, 'fitted to the first half', `c0 ${(c0 * 1e3).toFixed(2)} ms${blocks}`, '-', 'reported'),
    ...LATENCIES.flatMap((latency) => {
      const [low, high] = p99Interval[latency];
      const name = `second half, ${latency === 'latency' ? latency : latency.toUpperCase()}`;
      const { p50, p90, p99 } = judged[latency];
      const isClose = [p50, p90].every((error) => Math.abs(error) <= LOG_TOLERANCE);
      return [
        row(check, `${name} p50, p90`, `${percent(p50)}, ${percent(p90)}`, '<= 5 %', isClose),
        row(
          check,
          `${name} p99`,
          `${percent(p99)} (another draw: ${percent(low)} to ${percent(high)})`,
          '-',
          'reported',
        ),
      ];
    }),
    row(
      check,
      'whole run, mean error of 12 statistics',
      percent(average),
      `< ${earlier} (before)`,
      average < run.earlierError,
    ),
  ];
}

/** With the blocks that the server reported: its prompts share some that a log does not tell of. */
function reportedBlocksRows(run: RecordedRun, check: string): readonly FidelityRow[] {
  const { reportedBlocks } = run;
  if (reportedBlocks === undefined) return [];
  const { judged } = compareRecordedRun(run, reportedBlocks);
  const errors = LATENCIES.flatMap((latency) => [judged[latency].p50, judged[latency].p90].map(Math.abs));
  const metric = `second half, with the ${reportedBlocks} blocks reported: mean and largest of TTFT, TPOT, latency p50, p90`;
  const average = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  return [row(check, metric, `${percent(average)}, ${percent(Math.max(...errors))}`, '-', 'reported')];
}

/** What kisim-calibration.md §8 allows a pair that nobody calibrated. */
export const UNCALIBRATED_TOLERANCE = { ttft: { mean: 0.1, p99: 0.35 }, latency: { mean: 0.1, p99: 0.15 } } as const;

function uncalibratedRows(): readonly FidelityRow[] {
  const errors = compareUncalibrated();
  return (['ttft', 'latency'] as const).flatMap((latency) =>
    (['mean', 'p99'] as const).map((statistic) => {
      const [measured, limit] = [errors[latency][statistic], UNCALIBRATED_TOLERANCE[latency][statistic]];
      const metric = `${latency === 'ttft' ? 'TTFT' : latency} ${statistic}, median error`;
      return row(
        'recorded runs without c0, 3 pairs',
        metric,
        percent(measured),
        `<= ${percent(limit)}`,
        measured <= limit,
      );
    }),
  );
}

function capacityRows(): readonly FidelityRow[] {
  const { median, largest, count } = compareTabledCapacity();
  return [
    ...compareReportedCapacity().map(({ server, error }) =>
      row(`KV capacity, ${server}`, 'formula over reported blocks, less 1', percent(error), '-', 'reported'),
    ),
    row(
      "KV capacity, aiconfigurator's table",
      `${count} combinations: median, largest`,
      `${percent(median)}, ${percent(largest)}`,
      '-',
      'reported',
    ),
  ];
}

function tableRows(): readonly FidelityRow[] {
  const judged = (check: string, { count, median, p95, largest }: Spread, limit: number | undefined): FidelityRow =>
    row(
      check,
      `${count} points: median, p95, largest`,
      [median, p95, largest].map(percent).join(', '),
      limit === undefined ? '-' : `p95 <= ${percent(limit)}`,
      limit === undefined ? 'reported' : p95 <= limit,
    );
  return [
    judged('aiconfigurator, steady TPOT: law from every second knot, at the others', judgeOddKnots(), TPOT_TOLERANCE),
    judged('aiconfigurator, steady TPOT: profiles against its linear fit', compareWithLinearFit(), TPOT_TOLERANCE),
    judged(
      'Triton tables, T(b) = a + c b: from every second batch size, at the others',
      judgeTritonTables(),
      undefined,
    ),
    judged(
      'splitwise-sim, token times: linear law from even rows, at odd ones',
      judgeSplitwiseDecode(),
      TPOT_TOLERANCE,
    ),
  ];
}
