import { expect } from 'chai';
import fc from 'fast-check';
import { decide } from '../../src/decision/decide.js';
import { describeDriver, findDriver } from '../../src/decision/driving-quantile.js';
import { computeQplan, LEVELS, prudenceOf } from '../../src/decision/forecast.js';
import { assess } from '../../src/decision/situation.js';
import { buildWindow, buildWorkload } from '../support/windows.js';

const MISS_PRICE = 30;
const PERCENTILE = 'the 85th percentile of the load within the next 120 s is';

const flat = (replicas: number): readonly number[] => LEVELS.map(() => replicas);
const situationAt = (replicas: number, hour = 0) =>
  assess(
    buildWorkload({ missPrice: MISS_PRICE }),
    buildWindow({ specReplicas: replicas, readyReplicas: replicas, arrivalRateP95Hour: hour }),
  );

describe('what of a forecast drives the quantile law', () => {
  it('is the short horizon on the way up', () => {
    const driver = findDriver(situationAt(4), { short: flat(7.2), long: flat(9) });
    expect(driver).to.include({ by: 'short', within: 120, replicas: 7.2 });
    expect(describeDriver(driver)).to.equal(`${PERCENTILE} 7.2 replicas`);
  });

  it('is the long horizon where that keeps replicas', () => {
    const driver = findDriver(situationAt(8), { short: flat(2), long: flat(6) });
    expect(driver).to.include({ by: 'long', within: 330, replicas: 6 });
  });

  it('is the floor where that asks for more than both', () => {
    const situation = situationAt(4, 8);
    const driver = findDriver(situation, { short: flat(1), long: flat(1) });
    expect(driver).to.include({ by: 'hour-floor', times: prudenceOf(situation.workload).hourFloor });
    expect(driver.replicas).to.be.closeTo(8 / situation.capacity.throughput, 1e-9);
    expect(describeDriver(driver)).to.include('95th percentile of the load of the last hour');
  });

  it('is what the law follows: that quantile alone gives the same count', () => {
    const load = fc.double({ min: 0.1, max: 20, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 15 }), load, load, load, (replicas, short, long, hour) => {
        const situation = situationAt(replicas, hour);
        const driver = findDriver(situation, { short: flat(short), long: flat(long) });
        const whole = computeQplan(situation, { short: flat(short), long: flat(long) });
        const load = driver.by === 'hour-floor' ? 0 : driver.replicas;
        const alone = computeQplan(situation, { short: flat(load), long: flat(load) });
        // The long horizon only keeps what is there.
        expect(driver.by === 'long' ? Math.min(replicas, alone) : alone).to.be.closeTo(whole, 1e-9);
      }),
    );
  });

  it('is carried by the decision and told in its sentence, and by no decision without a forecast', () => {
    const workload = buildWorkload({ policy: 'learned' });
    const planner = { policy: 'planner', ok: true, replicas: 6 } as const;
    const forecast = { short: flat(5), long: flat(5) };
    const learned = { policy: 'learned', ok: true, replicas: 6, forecast } as const;
    const decision = decide(workload, buildWindow(), [planner, learned]);
    if (decision.kind !== 'decision') throw new Error(decision.code);
    expect(decision.driver).to.include({ by: 'short', replicas: 5 });
    expect(decision.sentence).to.include(`${PERCENTILE} 5.0 replicas`);
    expect(decide({ ...workload, policy: 'planner' }, buildWindow(), [planner])).not.to.have.property('driver');
  });
});
