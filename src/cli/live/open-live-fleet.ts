import type { Clock } from '../../base/clock.js';
import type { Seconds } from '../../base/units.js';
import { createLiveFleet, type LiveFleet } from '../../kisim/live/live-fleet.js';
import { FLEET_RUN_DEFAULTS } from '../../scenarios/create-fleet-run.js';
import { controlOf } from '../../scenarios/policy-control.js';
import { fleetOfScenario } from '../../scenarios/run-scenario.js';
import type { Case } from '../simulate/cases.js';

export interface OpenLiveOptions {
  readonly clock: Clock;
  readonly speed: number;
  readonly namespace: string;
  /** Name of the Deployment and of its ScaledObject. */
  readonly deployment: string;
  readonly modelName: string;
}

/** The fleet of a scenario on a clock, and how long its traffic lasts. Throws as playing the scenario would. */
export function openLiveFleet(
  one: Case,
  { clock, speed, namespace, deployment, modelName }: OpenLiveOptions,
): { readonly fleet: LiveFleet; readonly duration: Seconds } {
  const { run, duration } = fleetOfScenario({ ...one, ...controlOf(one.policy.name) });
  const workload = {
    ...run.workload,
    namespace,
    name: deployment,
    target: { kind: 'Deployment', name: deployment },
    model: modelName,
  };
  const simulation = { ...FLEET_RUN_DEFAULTS, ...run, workload };
  return { fleet: createLiveFleet({ simulation, clock, speed, deployment, modelName }), duration };
}
