import { createPlanner } from '../../src/policies/planner.js';
import { type Binned, Binner } from '../../src/report/binner.js';
import type { RecordedRun } from '../../src/report/recorded-run.js';
import { type TickSample, TickSampler } from '../../src/report/tick-sample.js';
import { createFleetRun, type FleetRunOptions } from '../../src/scenarios/create-fleet-run.js';
import { drive } from '../../src/scenarios/drive.js';
import { testRunOptions } from '../kisim/support/runs.js';

/** The ticks of a small fleet under the planner. */
export async function sampledRun(seed: number, changes: Partial<FleetRunOptions> = {}): Promise<readonly TickSample[]> {
  const samples: TickSample[] = [];
  const sampler = new TickSampler();
  const run = createFleetRun(testRunOptions(seed, { onRequest: sampler.onRequest, ...changes }));
  await drive(run, {
    policy: createPlanner(),
    guards: true,
    duration: 300,
    patience: 60,
    onTick: (tick, state) => void samples.push(sampler.sample(tick, state)),
  });
  return samples;
}

export function binned(samples: readonly TickSample[], most?: number): Binned {
  const binner = new Binner(most);
  for (const sample of samples) binner.add(sample);
  return binner.binned;
}

export function recordedRun(samples: readonly TickSample[], changes: Partial<RecordedRun> = {}): RecordedRun {
  return {
    policy: 'planner',
    ...binned(samples),
    slo: { metric: 'ttft', limit: 2 },
    spans: [],
    figures: [['requests', '12']],
    ...changes,
  };
}
