import { logUniform, uniform } from '../../base/distributions.js';
import type { Rng } from '../../base/rng.js';
import type { Seconds } from '../../base/units.js';
import { PLANNER } from '../../decision/decide.js';
import type { Proposal } from '../../decision/decision.js';
import { horizonsOf } from '../../decision/forecast.js';
import { OBSERVATION_SIZE, writeObservation } from '../../decision/observation.js';
import { peakAhead, ticksOf } from '../../decision/peak-ahead.js';
import { computePlan, type PlanOptions } from '../../decision/plan.js';
import type { Situation } from '../../decision/situation.js';
import { situationOf } from '../../decision/situation.js';
import { answerGuarded } from '../../scenarios/answer.js';
import { ARRIVALS_BIN, type Episode, type Truth, WARMUP_TICKS } from '../episode.js';
import { type SampleSet, TARGETS, targetOf } from './samples.js';

/** The tick of the first sample: at the very first one nothing has been seen. */
export const FIRST_SAMPLE = 1;

/**
 * Plays an episode under a planner with parameters drawn at random, so that a forecaster meets fleets that are too large and
 * too small, and takes a sample at every tick whose future is known. What came is counted at the gateway, in replicas of the
 * true throughput; the observation knows the believed one only, so that the error of belief is part of the spread. Sample k is
 * that of tick FIRST_SAMPLE + k; `onTick` sees them all.
 */
export function collectSamples(
  { run, workload, truth, ticks: decided }: Episode,
  rng: Rng,
  onTick: (tick: number, situation: Situation) => void = () => {},
): SampleSet {
  const { interval } = run.grid;
  const ticks = decided + WARMUP_TICKS;
  const planned = { ...workload, policy: PLANNER };
  const options = drawPlan(rng);
  const factor = logUniform(rng, 0.7, 1.6);
  const rows = new Float32Array(ticks * OBSERVATION_SIZE);
  const believed = new Float64Array(ticks);
  const coldStarts = new Float64Array(ticks);
  for (let i = 0; i < ticks; i++) {
    const now: Seconds = i * interval;
    const situation = situationOf(planned, run.window(now));
    writeObservation(situation, rows, i * OBSERVATION_SIZE);
    believed[i] = situation.load;
    coldStarts[i] = situation.capacity.coldStart;
    onTick(i, situation);
    const { window, demand, capacity } = situation;
    const replicas = Math.max(1, Math.ceil(factor * computePlan(window, demand, capacity, options)));
    const proposals: Proposal[] = [{ policy: PLANNER, ok: true, replicas }];
    run.answer(answerGuarded(planned, window, proposals).metricTotal);
    run.advanceTo(now + interval);
  }
  return pair(rows, believed, coldStarts, loadsOf(truth, ticks, interval), interval);
}

/** True load of every tick, in replicas. */
function loadsOf({ arrivals, throughput }: Truth, ticks: number, interval: Seconds): Float64Array {
  const bins = Math.round(interval / ARRIVALS_BIN);
  return Float64Array.from({ length: ticks }, (_, i) => {
    let count = 0;
    for (let bin = i * bins; bin < (i + 1) * bins; bin++) count += arrivals[bin] ?? 0;
    return count / interval / throughput;
  });
}

function drawPlan(rng: Rng): PlanOptions {
  return {
    targetUtilization: uniform(rng, 0.6, 1),
    memory: logUniform(rng, 60, 960),
    hourFloor: rng.next() < 0.5 ? 0 : uniform(rng, 0, 1.5),
  };
}

function pair(
  rows: Float32Array,
  believed: Float64Array,
  coldStarts: Float64Array,
  loads: Float64Array,
  interval: Seconds,
): SampleSet {
  const targets = new Float32Array(loads.length * TARGETS);
  let count = 0;
  for (let i = FIRST_SAMPLE; i < loads.length; i++) {
    const { short, long } = horizonsOf(coldStarts[i] as number);
    const near = peakAhead(loads, i, ticksOf(short, interval));
    const far = peakAhead(loads, i, ticksOf(long, interval));
    if (near === undefined || far === undefined) break;
    rows.copyWithin(count * OBSERVATION_SIZE, i * OBSERVATION_SIZE, (i + 1) * OBSERVATION_SIZE);
    targets[count * TARGETS] = targetOf(near, believed[i] as number);
    targets[count * TARGETS + 1] = targetOf(far, believed[i] as number);
    count++;
  }
  return { count, rows, targets };
}
