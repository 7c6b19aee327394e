import { expect } from 'chai';
import { DATA, WITHOUT_DATA } from '../support/data.js';
import { LOG_TOLERANCE, TPOT_TOLERANCE, UNCALIBRATED_TOLERANCE } from './real/check.js';
import { compareWithLinearFit, judgeOddKnots } from './real/kernel-tables.js';
import { compareReportedCapacity, compareTabledCapacity } from './real/kv-capacity.js';
import { judgeSplitwiseDecode, judgeTritonTables } from './real/measured-tables.js';
import { compareRecordedRun, compareUncalibrated, meanAbsoluteError, RECORDED_RUNS } from './real/recorded-runs.js';

describe(`real servers and kernels${WITHOUT_DATA}`, () => {
  if (!DATA) {
    it('are not compared here');
    return;
  }

  for (const run of RECORDED_RUNS)
    it(`${run.name}: c0 of the first half meets p50 and p90 of the second within 5 %, and beats the earlier table`, () => {
      const { judged, whole } = compareRecordedRun(run);
      for (const [latency, { p50, p90 }] of Object.entries(judged)) {
        expect(Math.abs(p50), `${latency} p50`).to.be.at.most(LOG_TOLERANCE);
        expect(Math.abs(p90), `${latency} p90`).to.be.at.most(LOG_TOLERANCE);
      }
      expect(meanAbsoluteError(whole)).to.be.below(run.earlierError);
    });

  it('without c0 the median pair is off by no more than the calibration page says', () => {
    for (const [latency, errors] of Object.entries(compareUncalibrated()))
      for (const [statistic, error] of Object.entries(errors))
        expect(error, `${latency} ${statistic}`).to.be.at.most(
          UNCALIBRATED_TOLERANCE[latency as 'ttft' | 'latency'][statistic as 'mean' | 'p99'],
        );
  });

  it('KV capacity: the formula is that of the table, and within 1 % of what vLLM reported for 70B on four H100', () => {
    expect(compareTabledCapacity().largest).to.be.below(0.001);
    expect(Math.abs(compareReportedCapacity()[0]?.error ?? Number.NaN)).to.be.below(0.01);
  });

  it('steady TPOT: every second knot tells the others, and profiles meet the linear fit, within 10 % for 95 of 100', () => {
    expect(judgeOddKnots().p95).to.be.below(TPOT_TOLERANCE);
    expect(compareWithLinearFit().largest).to.be.below(TPOT_TOLERANCE);
  });

  it('Triton: a line through every second batch size meets half of the others within 5 %, all within 25 %', () => {
    const { median, largest } = judgeTritonTables();
    expect(median).to.be.below(0.05);
    expect(largest).to.be.below(0.25);
  });

  it('splitwise-sim: a linear law of every second row meets the token times of the others within 10 %', () => {
    expect(judgeSplitwiseDecode().largest).to.be.below(0.1);
  });
});
