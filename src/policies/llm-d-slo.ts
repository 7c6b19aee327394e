import type { Situation } from '../decision/situation.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';
import { defaultsOf, linear, logarithmic, type OptionsOf } from './settings.js';

export const SLO_AWARE_SETTINGS = {
  scaleUp: logarithmic(0.55, [0.02, 2], 'latency over objective above which the fleet grows'),
  scaleDown: logarithmic(0.4, [0.01, 2], 'latency over objective below which it shrinks'),
  cap: linear(2, [1, 10], 'a single measurement counts up to this'),
  smoothing: logarithmic(45, [15, 600], 'seconds over which it is averaged'),
};
export type SloAwareOptions = OptionsOf<typeof SLO_AWARE_SETTINGS>;

/**
 * llm-d's SLO-aware law (guides/workload-autoscaling, README.slo-aware.md @d38c9f0c): s = 45 s mean of min(latency / objective,
 * 2), NaN counted as 0. Above 0.55: n + ceil(n (s c / 0.55 - 1)) with credit c = ready / n while replicas are starting; below
 * 0.40: n - floor(n (1 - s / 0.40)); else n. The guide takes the 90th percentile, the window has the 99th.
 *
 * `literal` as written: its way up can order fewer than n while many are starting, and a dead signal sheds replicas. Otherwise
 * the way up is max(n, .) and a window without latency or traffic to explain it fails.
 */
export function createLlmdSlo(
  form: 'literal' | 'monotone',
  options: SloAwareOptions = defaultsOf(SLO_AWARE_SETTINGS),
): Policy {
  const isLiteral = form === 'literal';
  return policyFromLaw(isLiteral ? 'llm-d-slo-literal' : 'llm-d-slo', (situation) => {
    const { readyReplicas } = situation;
    const replicas = Math.max(1, situation.currentReplicas);
    const pressure = smoothedPressure(situation, options, isLiteral);
    const credit = readyReplicas > 0 && readyReplicas < replicas ? readyReplicas / replicas : 1;
    if (pressure > options.scaleUp) {
      const up = replicas + Math.ceil(replicas * ((pressure * credit) / options.scaleUp - 1));
      return isLiteral ? up : Math.max(replicas, up);
    }
    if (pressure < options.scaleDown) return replicas - Math.floor(replicas * (1 - pressure / options.scaleDown));
    return Number.isNaN(pressure) ? pressure : replicas;
  });
}

function smoothedPressure({ window, workload }: Situation, options: SloAwareOptions, isLiteral: boolean): number {
  const ticks = Math.max(1, Math.round(options.smoothing / window.grid.interval));
  const { p99Latency, completionRate } = window.series;
  let sum = 0;
  for (let i = window.grid.ticks - ticks; i < window.grid.ticks; i++) {
    const latency = p99Latency[i] as number;
    // No latency where nothing was completed is silence; where something was, it is a dead signal.
    const isSilent = Number.isNaN(latency) && (isLiteral || completionRate[i] === 0);
    sum += isSilent ? 0 : Math.min(latency / workload.slo.limit, options.cap);
  }
  return sum / ticks;
}
