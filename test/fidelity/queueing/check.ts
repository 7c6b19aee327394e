import { type CheckOptions, type FidelityCheck, type FidelityRow, percent } from '../row.js';
import { playLittle } from './little.js';
import { type Finding, play } from './play.js';
import { type QueueingSystem, SYSTEMS } from './systems.js';

/** Jobs of the form that CI runs, and of `make fidelity`: M/M/1 at rho 0.9 has a standard error of 2.1 % at 10^6. */
export const SHORT_JOBS = 1e6;
const LONG_JOBS = 3e7;
const SEED = 1;
const LIMIT = 0.01;
const P99_LIMIT = 0.02;
const COMMAND = 'make fidelity ONLY=queueing';

/** Whether theory lies inside the run's 99 % interval. */
export function isInside({ interval, expected }: Finding): boolean {
  return Math.abs(interval.mean - expected) <= interval.halfWidth;
}

/** Textbook queues through KISim: inside the interval in the short form, within 1 % in the long one. */
export const QUEUEING: FidelityCheck = {
  name: 'queueing',
  run: async ({ short, progress }: CheckOptions) => {
    const jobs = short ? SHORT_JOBS : LONG_JOBS;
    const rows: FidelityRow[] = [];
    for (const system of SYSTEMS) {
      progress(`${system.name}, ${jobs} jobs`);
      const { findings, p99 } = play(system, { jobs, seed: SEED });
      rows.push(...findings.map((finding) => toRow(system, finding, jobs, short)));
      if (system.p99 !== undefined) rows.push(p99Row(system, p99 / system.p99 - 1, jobs));
    }
    progress(`Little's law, ${jobs} jobs`);
    return [...rows, littleRow(jobs, short)];
  },
};

function toRow(system: QueueingSystem, finding: Finding, jobs: number, short: boolean): FidelityRow {
  const { observable, expected, interval, error } = finding;
  const { metric, points } = observable;
  const distance = Math.abs(interval.mean - expected);
  const isOk = short ? isInside(finding) : points === undefined ? Math.abs(error) <= LIMIT : distance <= points;
  const spread = percent(interval.halfWidth / expected);
  return {
    section: 'queueing',
    check: `${system.name}, ${jobs.toExponential(0).replace('+', '')} jobs`,
    metric: `${metric}: theory ${expected.toPrecision(5)}`,
    measured: `${interval.mean.toPrecision(5)}: ${percent(error)}, 99 % interval +-${spread}`,
    tolerance: short ? 'inside the 99 % interval' : points === undefined ? '<= 1 %' : `<= ${points * 100} points`,
    within: isOk,
    command: COMMAND,
  };
}

function p99Row(system: QueueingSystem, error: number, jobs: number): FidelityRow {
  return {
    section: 'queueing',
    check: `${system.name}, ${jobs.toExponential(0).replace('+', '')} jobs`,
    metric: "p99 of the time in system, by KISim's own histogram",
    measured: percent(error),
    tolerance: '<= 2 %',
    within: Math.abs(error) <= P99_LIMIT,
    command: COMMAND,
  };
}

function littleRow(jobs: number, short: boolean): FidelityRow {
  const { difference } = playLittle({ jobs, seed: SEED });
  return {
    section: 'queueing',
    check: `Little's law, M/M/4, rho 0.8, ${jobs.toExponential(0).replace('+', '')} jobs`,
    metric: 'L by telemetry over lambda W by the ledger, - 1',
    measured: `${percent(difference.mean)}, 99 % interval +-${percent(difference.halfWidth)}`,
    tolerance: short ? 'inside the 99 % interval' : '<= 1 %',
    within: Math.abs(difference.mean) <= (short ? difference.halfWidth : LIMIT),
    command: COMMAND,
  };
}
