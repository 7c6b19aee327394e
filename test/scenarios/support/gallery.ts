import { readFileSync } from 'node:fs';
import { loadReplicaKind } from '../../../src/kisim/replica-kind.js';
import { createPolicy } from '../../../src/policies/registry.js';
import { type TickSample, TickSampler } from '../../../src/report/tick-sample.js';
import { controlOf } from '../../../src/scenarios/policy-control.js';
import { galleryPath, parseScenario } from '../../../src/scenarios/read-scenario.js';
import { type RunResult, runScenario } from '../../../src/scenarios/run-scenario.js';
import type { Scenario, ScenarioInput } from '../../../src/scenarios/scenario.js';

/** A scenario of the gallery as it was played. */
export interface Played extends RunResult {
  readonly played: Scenario;
  readonly samples: readonly TickSample[];
}

/** A scenario of the gallery, with keys of its file replaced. */
export function gallery(name: string, changes: Partial<ScenarioInput> = {}): Scenario {
  const result = parseScenario(readFileSync(galleryPath(name) as string, 'utf8'), changes);
  if (!result.ok) throw new Error(`${name}: ${result.error}`);
  return result.value;
}

/** Plays a scenario of the gallery under the policy that it names itself, or under another as that one is wired up. */
export async function playGallery(name: string, changes: Partial<ScenarioInput> = {}, rival?: string): Promise<Played> {
  const scenario = gallery(name, changes);
  const kind = loadReplicaKind(scenario.profile);
  const policy = createPolicy(rival ?? scenario.policy);
  if (!kind.ok || !policy) throw new Error(`${name}: no such profile or policy`);
  const samples: TickSample[] = [];
  const sampler = new TickSampler();
  const result = await runScenario({
    scenario,
    kind: kind.value,
    policy,
    ...(rival === undefined ? {} : controlOf(rival)),
    onRequest: sampler.onRequest,
    onTick: (tick, run) => void samples.push(sampler.sample(tick, run)),
  });
  return { ...result, played: scenario, samples };
}

/** Samples of the ticks in (from, to]. */
export function between({ samples }: Played, from: number, to: number): readonly TickSample[] {
  return samples.filter(({ tick }) => tick > from && tick <= to);
}

export function missShare(samples: readonly TickSample[]): number {
  const sum = (of: (sample: TickSample) => number): number => samples.reduce((total, sample) => total + of(sample), 0);
  return sum(({ misses }) => misses) / sum(({ injected }) => injected);
}

export function missRate({ statistics }: Pick<RunResult, 'statistics'>): number {
  return statistics.misses / statistics.injected;
}
