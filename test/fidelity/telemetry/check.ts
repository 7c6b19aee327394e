import type { SignalName } from '../../../src/decision/signal.js';
import { prometheusVersion } from '../../integration/support/prometheus.js';
import { RECORDED_FLEETS, type RecordedFleet } from '../../integration/support/record-telemetry.js';
import { type FidelityCheck, type FidelityRow, rowsOf } from '../row.js';
import type { SignalComparison } from './compare-signals.js';
import { type LiveComparison, runLive } from './live-run.js';
import { allowedDifferences, compareRecorded, type RecordedComparison } from './recorded-prometheus.js';

const COMMAND = 'make fidelity ONLY=telemetry';
const row = rowsOf('telemetry', COMMAND);
const LIVE_SECONDS = 240;
const SHORT_LIVE_SECONDS = 90;
/** Of a live run's ticks; a pod's first scrape may fall a moment earlier or later than KISim's, and a quantile leaps with it. */
const LIVE_SHARE = 0.05;
/** A quantile of an hour's estimates says nothing in a run of minutes: its recorded twin is judged. */
const ONLY_RECORDED: readonly string[] = ['arrivalRateP95Hour'];

/** Windows of KISim beside those of a real Prometheus: one that holds its scrapes, and one that scrapes it live. */
export const TELEMETRY: FidelityCheck = {
  name: 'telemetry',
  run: async ({ short, progress }) => {
    const version = prometheusVersion();
    if (version === undefined) return { skipped: 'prometheus is not in PATH (make tools builds one).' };
    const rows: FidelityRow[] = [];
    for (const [title, fleet] of RECORDED_FLEETS) {
      progress(`Prometheus ${version}: ${title}`);
      rows.push(...recordedRows(await compareRecorded(fleet), { version, title, fleet }));
    }
    const seconds = short ? SHORT_LIVE_SECONDS : LIVE_SECONDS;
    progress(`Prometheus ${version}: ${seconds} s live`);
    const live = await runLive(seconds);
    return [...rows, ...liveRows(live, version)];
  },
};

interface RecordedRun {
  readonly version: string;
  readonly title: string;
  readonly fleet: RecordedFleet;
}

/** One row for the signals that are equal throughout, and one for each that is not. */
function recordedRows(found: RecordedComparison, { version, title, fleet }: RecordedRun): readonly FidelityRow[] {
  const all = Object.entries(found) as [SignalName, SignalComparison][];
  const check = `Prometheus ${version} that holds the scrapes: ${title}`;
  const exact = all.filter(([, { different }]) => different === 0).map(([name]) => name);
  const ticks = Math.max(...all.map(([, { equal, different }]) => equal + different));
  const rows = all
    .filter(([, { different }]) => different > 0)
    .map(([name, { equal, different, worst }]) => {
      const allowed = allowedDifferences(name, fleet, version);
      const measured = `${equal} of ${equal + different} ticks equal; worst ${(100 * worst).toPrecision(2)} %`;
      return row(
        check,
        name,
        measured,
        allowed === 0 ? 'equal' : `equal but for a stated difference`,
        different <= allowed,
      );
    });
  return [
    row(check, exact.join(', '), `equal at all ${ticks} ticks`, 'equal (0.1 % of a rate, 1 ms of an age)', true),
    ...rows,
  ];
}

function liveRows({ ticks, signals, pods, restarts }: LiveComparison, version: string): readonly FidelityRow[] {
  const check = `Prometheus ${version} that scrapes a live fleet: ${pods} pods, ${restarts} restart, scale-up and -down, ${ticks} ticks of 2 s`;
  return (Object.entries(signals) as [SignalName, SignalComparison][]).map(([name, one]) => {
    const { equal, shifted, different } = one;
    const isJudged = !ONLY_RECORDED.includes(name);
    return row(
      check,
      name,
      `${equal} ticks equal, ${shifted} equal up to one scrape, ${different} not`,
      isJudged ? 'equal up to one scrape and rounding at >= 95 % of the ticks' : '-',
      isJudged ? different <= LIVE_SHARE * ticks : 'reported',
    );
  });
}
