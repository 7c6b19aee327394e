import { err } from '../base/result.js';
import { computeQplan, DEFAULT_QPLAN, type QplanOptions } from '../decision/forecast.js';
import { situationOf } from '../decision/situation.js';
import type { LearnedPolicy, Policy } from './policy.js';
import { linear, type NumberSetting } from './settings.js';

/** Name of the quantile law. */
export const QPLAN = 'qplan';

export const QPLAN_SETTINGS = {
  targetUtilization: {
    ...linear(
      DEFAULT_QPLAN.targetUtilization,
      [0, 1],
      "share of a replica's saturation throughput that is planned with; 0: what price and objective ask for",
    ),
    sweep: [0.6, 1],
  },
  tau: {
    ...linear(
      DEFAULT_QPLAN.tau,
      [0, 0.995],
      'level of the quantile that is planned for; 0: what price and objective ask for',
    ),
    sweep: [0.5, 0.995],
  },
  hourFloor: {
    ...linear(
      DEFAULT_QPLAN.hourFloor,
      [0, 5],
      'multiplies the floor from the last hour that price and objective ask for',
    ),
    sweep: [0, 2],
  },
} as const satisfies Record<keyof QplanOptions, NumberSetting>;

/** The quantile law on a network's forecast: the yardstick of the learned policy, and what explains it. */
export function createQplan(
  forecaster: Pick<LearnedPolicy, 'forecast'>,
  options: QplanOptions = DEFAULT_QPLAN,
): Policy {
  return {
    name: QPLAN,
    async propose(batch) {
      const forecasts = await forecaster.forecast(batch);
      return batch.map(({ workload, window }, i) => {
        const forecast = forecasts[i] ?? err('KIS_MODEL_INVALID');
        if (!forecast.ok) return { policy: QPLAN, ok: false, because: forecast.error };
        const replicas = Math.ceil(computeQplan(situationOf(workload, window), forecast.value, options));
        return { policy: QPLAN, ok: true, replicas, forecast: forecast.value };
      });
    },
  };
}
