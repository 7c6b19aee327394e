import { expect } from 'chai';
import type { SignalName } from '../../../src/decision/signal.js';
import type { Fault } from '../../../src/kisim/fault.js';
import { createFleetRun, type FleetRunOptions } from '../../../src/scenarios/create-fleet-run.js';
import { testRunOptions, testTraffic } from '../support/runs.js';

/** Newest values of a signal at the ticks from `from` to `to`, of a fleet of four that never changes. */
function watch(
  faults: readonly Fault[],
  name: SignalName,
  [from, to]: readonly [number, number],
  changes: Partial<FleetRunOptions> = {},
): number[] {
  const traffic = testTraffic(1, { low: 4, high: 6, duration: 900 });
  const run = createFleetRun(testRunOptions(1, { faults, traffic, initialReplicas: 4, ...changes }));
  run.answer(4);
  const values: number[] = [];
  for (let tick = 15; tick <= to; tick += 15) {
    run.advanceTo(tick);
    if (tick >= from) values.push(run.window(tick).series[name].at(-1) as number);
  }
  return values;
}

const isUnknown = (values: readonly number[]): boolean => values.every(Number.isNaN);

describe('telemetry faults', () => {
  it('metrics-stale: gauges stand still and fresh, rates come to rest, latency has no evidence; and all is well afterwards', () => {
    const frozen: Fault = { kind: 'metrics-stale', at: 200, until: 400, share: 1 };
    const queue = watch([frozen], 'runningRequests', [240, 405]);
    expect(new Set(queue).size).to.equal(1);
    expect(Math.max(...watch([frozen], 'sampleAge', [240, 405]))).to.be.below(15);
    expect(watch([frozen], 'completionRate', [255, 405])).to.satisfy((all: number[]) =>
      all.every((rate) => rate === 0),
    );
    expect(watch([frozen], 'p99Latency', [285, 405])).to.satisfy(isUnknown);
    const whole = watch([], 'runningRequests', [435, 600]);
    expect(watch([frozen], 'runningRequests', [435, 600])).to.deep.equal(whole);
    expect(watch([frozen], 'promptTokenRate', [495, 600])).to.deep.equal(watch([], 'promptTokenRate', [495, 600]));
  });

  it('metrics-stale of a share: only those pods stand still', () => {
    const half: Fault = { kind: 'metrics-stale', at: 200, until: 500, share: 0.5 };
    const rate = watch([half], 'finishedRate', [300, 500]);
    const whole = watch([], 'finishedRate', [300, 500]);
    for (const [i, value] of rate.entries()) expect(value).to.be.within(0.2, 0.8 * (whole[i] as number));
  });

  it('metrics-partial: half of the pods is not scraped, the same half all the time, and comes back', () => {
    const half: Fault = { kind: 'metrics-partial', at: 200, until: 400, share: 0.5 };
    expect(watch([half], 'scrapedReplicas', [165, 195])).to.deep.equal([4, 4, 4]);
    expect(watch([half], 'scrapedReplicas', [240, 405])).to.deep.equal(Array(12).fill(2));
    expect(watch([half], 'scrapedReplicas', [435, 450])).to.deep.equal([4, 4]);
    expect(watch([half], 'readyReplicas', [240, 405]), 'kube-state-metrics is whole').to.deep.equal(Array(12).fill(4));
    const rate = watch([half], 'finishedRate', [300, 400]);
    const whole = watch([], 'finishedRate', [300, 400]);
    for (const [i, value] of rate.entries()) expect(value).to.be.within(0.2, 0.8 * (whole[i] as number));
  });

  it('metrics-renamed: what is renamed has no result, gauges at once and rates as their samples leave; the rest stays', () => {
    const renamed: Fault = { kind: 'metrics-renamed', at: 200, until: 400, series: ['waiting', 'finished'] };
    expect(watch([renamed], 'queueDepth', [240, 405])).to.satisfy(isUnknown);
    expect(watch([renamed], 'finishedRate', [285, 405])).to.satisfy(isUnknown);
    expect(watch([renamed], 'finishedRate', [225, 240])).to.satisfy((all: number[]) => !all.some(Number.isNaN));
    expect(watch([renamed], 'runningRequests', [240, 405])).to.deep.equal(watch([], 'runningRequests', [240, 405]));
    expect(watch([renamed], 'scrapedReplicas', [240, 405])).to.deep.equal(Array(12).fill(4));
    expect(watch([renamed], 'queueDepth', [435, 600])).to.deep.equal(watch([], 'queueDepth', [435, 600]));
    expect(watch([renamed], 'finishedRate', [495, 600])).to.deep.equal(watch([], 'finishedRate', [495, 600]));
  });

  it('metrics-renamed without a list: nothing of the engines is known', () => {
    const series = ['waiting', 'running', 'kvUsage', 'finished', 'tokens', 'preemptions', 'latency'] as const;
    const renamed: Fault = { kind: 'metrics-renamed', at: 200, until: undefined, series: [...series] };
    for (const name of [
      'queueDepth',
      'runningRequests',
      'kvUsage',
      'scrapedReplicas',
      'sampleAge',
      'completionRate',
    ] as const)
      expect(watch([renamed], name, [300, 450]), name).to.satisfy(isUnknown);
    expect(watch([renamed], 'specReplicas', [300, 450])).to.satisfy((all: number[]) => !all.some(Number.isNaN));
  });

  it('metrics-slow: decisions are heard so much later, and above ten seconds windows stay empty though scrapes go on', () => {
    const heardAt = (delay: number): number => {
      const faults: Fault[] = [{ kind: 'metrics-slow', at: 100, until: 700, delay }];
      const control = { ...testRunOptions(1).control, hpaTurns: { first: 0, period: 0.5 } };
      const run = createFleetRun(testRunOptions(1, { faults, control }));
      run.answer(2);
      run.advanceTo(300);
      run.answer(7);
      for (let at = 300; at < 400; at += 0.5) {
        run.advanceTo(at);
        if (run.replicas.spec === 7) return at;
      }
      return Number.NaN;
    };
    expect([heardAt(1), heardAt(6), heardAt(60)]).to.deep.equal([301, 306, 310]);
    const tooSlow: Fault = { kind: 'metrics-slow', at: 200, until: 400, delay: 20 };
    expect(watch([tooSlow], 'queueDepth', [225, 405])).to.satisfy(isUnknown);
    expect(watch([tooSlow], 'finishedRate', [420, 600])).to.deep.equal(watch([], 'finishedRate', [420, 600]));
    const slow: Fault = { kind: 'metrics-slow', at: 200, until: 400, delay: 5 };
    expect(watch([slow], 'queueDepth', [225, 405])).to.deep.equal(watch([], 'queueDepth', [225, 405]));
  });

  it('metrics-stop: a pod that vanishes meanwhile is counted for the look-back, one that is seen to vanish is not', () => {
    const lastSeen = (faults: readonly Fault[], lookback: number, change: readonly [number, number]): number[] => {
      const traffic = testTraffic(1, { low: 1, high: 2, duration: 900 });
      const run = createFleetRun(testRunOptions(1, { faults, traffic, initialReplicas: 4, scrapes: { lookback } }));
      run.answer(undefined);
      const values: number[] = [];
      for (let tick = 15; tick <= 720; tick += 15) {
        run.advanceTo(tick);
        if (tick === change[0]) run.applySpec(change[1]);
        values.push(run.window(tick).series.scrapedReplicas.at(-1) as number);
      }
      return values;
    };
    const stop: Fault = { kind: 'metrics-stop', at: 300, until: 420 };
    const at = (values: readonly number[], tick: number): number => values[tick / 15 - 1] as number;
    const lingering = lastSeen([stop], 300, [330, 2]);
    expect([at(lingering, 300), at(lingering, 450), at(lingering, 585), at(lingering, 630)]).to.deep.equal([
      4, 4, 4, 2,
    ]);
    const short = lastSeen([stop], 60, [330, 2]);
    expect([at(short, 300), at(short, 450)]).to.deep.equal([4, 2]);
    const seen = lastSeen([], 300, [330, 2]);
    expect([at(seen, 330), at(seen, 405)]).to.deep.equal([4, 2]);
  });
});

describe('a Prometheus of other habits', () => {
  it('shows the cluster as kube-state-metrics had it a delay ago', () => {
    const seenAt = (scrapes: FleetRunOptions['scrapes']): number => {
      const run = createFleetRun(testRunOptions(1, scrapes ? { scrapes } : {}));
      run.answer(undefined);
      run.advanceTo(60);
      run.applySpec(9);
      for (let tick = 75; tick <= 400; tick += 15) {
        run.advanceTo(tick);
        if (run.window(tick).series.specReplicas.at(-1) === 9) return tick;
      }
      return Number.NaN;
    };
    expect(seenAt(undefined)).to.equal(90);
    expect([seenAt({ kubeDelay: 15 }), seenAt({ kubeDelay: 45 })]).to.deep.equal([105, 135]);
    // At a scrape a minute, "hold" orders a count that is up to 75 s old.
    expect(seenAt({ kubeInterval: 60 })).to.be.within(90, 150);
    expect(seenAt({ kubeInterval: 60, kubeDelay: 60 })).to.equal(seenAt({ kubeInterval: 60 }) + 60);
  });

  it('has no state before the first one was on its way, and none older than the look-back', () => {
    const run = createFleetRun(testRunOptions(1, { scrapes: { kubeDelay: 40, kubeInterval: 300, lookback: 60 } }));
    run.answer(2);
    const values: number[] = [];
    for (let tick = 15; tick <= 900; tick += 15) {
      run.advanceTo(tick);
      values.push(run.window(tick).series.specReplicas.at(-1) as number);
    }
    // A look-back of 60 s covers four evaluations of every twenty.
    expect(values.filter((value) => !Number.isNaN(value))).to.have.length.within(8, 12);
  });

  it('that scrapes every 30 s has every gauge twice, and no rate over 30 s', () => {
    const scrapes = { scrapeInterval: 30 };
    const running = watch([], 'runningRequests', [90, 600], { scrapes });
    const same = running.filter((value, i) => value === running[i + 1]).length;
    expect(same).to.be.at.least(watch([], 'runningRequests', [90, 600]).filter((v, i, all) => v === all[i + 1]).length);
    expect(watch([], 'completionRate', [90, 600], { scrapes })).to.satisfy(isUnknown);
    expect(watch([], 'finishedRate', [120, 600], { scrapes })).to.satisfy((all: number[]) => !all.some(Number.isNaN));
  });

  it('that scrapes every 5 s sees fresher and the same rates within a few per cent', () => {
    const scrapes = { scrapeInterval: 5 };
    expect(Math.max(...watch([], 'sampleAge', [90, 600], { scrapes }))).to.be.below(5);
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const often = mean(watch([], 'finishedRate', [120, 840], { scrapes }));
    expect(often / mean(watch([], 'finishedRate', [120, 840]))).to.be.within(0.97, 1.03);
  });
});

describe('control faults', () => {
  const spec = (
    faults: readonly Fault[],
    answers: Readonly<Record<number, number | undefined>>,
    at: readonly number[],
  ) => {
    const control = {
      ...testRunOptions(1).control,
      fallback: { failureThreshold: 3, replicas: 8, behavior: 'static' as const },
      hpaTurns: { first: 10, period: 15 },
      kedaTurns: { first: 5, period: 15 },
    };
    const run = createFleetRun(testRunOptions(1, { faults, control }));
    run.answer(2);
    const found: number[] = [];
    for (let now = 0; now <= Math.max(...at); now++) {
      run.advanceTo(now);
      if (now in answers) run.answer(answers[now]);
      if (at.includes(now)) found.push(run.replicas.spec);
    }
    return found;
  };

  it('keda-restart: the fleet is frozen, then follows', () => {
    expect(spec([{ kind: 'keda-restart', at: 60, until: 160 }], { 70: 6 }, [159, 180])).to.deep.equal([2, 6]);
    expect(
      spec([{ kind: 'keda-restart', at: 60 }], { 70: 6 }, [89, 110]),
      'half a minute where nothing is said',
    ).to.deep.equal([2, 6]);
  });

  it('hpa-restart: no syncs, then a fresh window', () => {
    const faults: Fault[] = [{ kind: 'hpa-restart', at: 60, until: 160 }];
    expect(spec(faults, { 70: 6, 180: 3 }, [174, 176, 280, 310])).to.deep.equal([2, 6, 6, 3]);
  });

  it('scaler-stop: frozen without a fallback, which a scaler that answers with errors does get', () => {
    expect(spec([{ kind: 'scaler-stop', at: 60, until: 400 }], { 70: 6 }, [399, 430])).to.deep.equal([2, 6]);
    expect(spec([], { 60: undefined }, [400])).to.deep.equal([8]);
  });
});
