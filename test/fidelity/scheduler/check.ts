import { join } from 'node:path';
import {
  compareWithOracle,
  type OracleComparison,
  type StatisticErrors,
} from '../../../src/kisim/oracle/compare-oracle.js';
import { listOracleWorkloads, readOracleWorkload } from '../../../src/kisim/oracle/oracle-workload.js';
import { DATA } from '../../support/data.js';
import { type FidelityCheck, type FidelityRow, percent } from '../row.js';

/** Both engines on the recordings of vLLM's own scheduler, as `simulate --oracle` compares them. */
export const SCHEDULER: FidelityCheck = {
  name: 'scheduler',
  run: async ({ progress }) => {
    if (DATA === undefined) return { skipped: 'the recordings are not there; set KISCALER_DATA.' };
    const folder = join(DATA, 'vllm_scheduler');
    const names = listOracleWorkloads(folder);
    if (!names.ok) throw new Error(names.error);
    return names.value.flatMap((name) => {
      progress(name);
      const workload = readOracleWorkload(folder, name);
      if (!workload.ok) throw new Error(workload.error);
      const { prefix_caching: hasPrefixes } = workload.value.entry;
      return compareWithOracle(workload.value).map((one) => toRow(one, hasPrefixes, workload.value.rows.length));
    });
  },
};

function toRow(one: OracleComparison, hasPrefixes: boolean, requests: number): FidelityRow {
  const isExact = one.engine === 'step' && !hasPrefixes;
  const [ours, theirs] = one.preemptions;
  const worst = percent(Math.max(...[one.queue, one.ttft, one.latency].map(worstOf)));
  const difference = `${(one.maxRequestError_s * 1e6).toPrecision(3)} us`;
  return {
    section: 'scheduler',
    check: `${one.name}, ${requests} requests${hasPrefixes ? ', prefix caching' : ''}`,
    metric: `${one.engine === 'step' ? 'step engine' : 'fast-forward'}: queue, TTFT, latency; preemptions`,
    measured: `worst request ${difference}; worst of mean, p50, p90, p99 ${worst}; preemptions ${ours}, vLLM ${theirs}`,
    tolerance: isExact ? 'every request within 2 us, preemptions equal' : '<= 1 % at mean, p50, p90, p99',
    within: one.within,
    command: 'kiscaler simulate --oracle DATA/vllm_scheduler',
  };
}

function worstOf(errors: StatisticErrors): number {
  return Math.max(...Object.values(errors).map(Math.abs));
}
