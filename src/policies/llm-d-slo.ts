import type { Ratio, Seconds } from '../base/units.js';
import type { Situation } from '../decision/situation.js';
import type { Policy } from './policy.js';
import { policyFromLaw } from './propose-each.js';

export interface SloAwareOptions {
  /** Latency over objective above which the fleet grows, and below which it shrinks. */
  readonly scaleUp: Ratio;
  readonly scaleDown: Ratio;
  /** A single measurement counts up to this. */
  readonly cap: Ratio;
  readonly smoothing: Seconds;
}

export const DEFAULT_SLO_AWARE: SloAwareOptions = { scaleUp: 0.55, scaleDown: 0.4, cap: 2, smoothing: 45 };

/**
 * llm-d's SLO-aware law (guides/workload-autoscaling, README.slo-aware.md @d38c9f0c): s = 45 s mean of min(latency / objective,
 * 2), NaN counted as 0. Above 0.55: n + ceil(n (s c / 0.55 - 1)) with credit c = ready / n while replicas are starting; below
 * 0.40: n - floor(n (1 - s / 0.40)); else n. The guide takes the 90th percentile, the window has the 99th.
 *
 * `literal` as written: its way up can order fewer than n while many are starting, and a dead signal sheds replicas. Otherwise
 * the way up is max(n, .) and a window without latency or traffic to explain it fails.
 */
export function createLlmdSlo(form: 'literal' | 'monotone', options: SloAwareOptions = DEFAULT_SLO_AWARE): Policy {
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
