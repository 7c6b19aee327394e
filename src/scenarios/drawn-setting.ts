import { logUniform, uniform, uniformInteger } from '../base/distributions.js';
import type { Rng } from '../base/rng.js';
import type { Ratio, Replicas, Seconds } from '../base/units.js';
import type { Slo } from '../decision/workload.js';
import type { ServedLatency } from './served-latency.js';

const COLD_STARTS: readonly Seconds[] = [20, 60, 120, 240];

/** A fleet and its traffic, but for what serves and what comes. */
export interface DrawnSetting {
  /** 98th percentile of the load in replicas. */
  readonly peak: Replicas;
  /** Median from creation to ready. */
  readonly coldStart: Seconds;
  /** Variation of the gaps between requests. */
  readonly cv: Ratio;
  readonly slo: Slo;
  readonly clientTimeout: Seconds;
  readonly maxReplicas: Replicas;
}

/**
 * Draws a setting by the laws that training and judging share (policy study, "training traffic" and rules of judging): p98 load
 * of 2.5 to 15 replicas; cold start 20, 60, 120 or 240 s, a fifth more or less; gaps with a variation of 1 (40 %), 1 to 3 (40 %),
 * 3 to 6 (20 %); TTFT within 1.5 to 8 times the p99 at 60 % load (three in four objectives), or the whole request within 1.2 to 2
 * times; clients wait 60 to 120 s, 1.5 objectives and twice an ordinary answer's p99. Everything depends on `rng` alone.
 */
export function drawSetting(served: ServedLatency, rng: Rng): DrawnSetting {
  const peak = round(logUniform(rng, 2.5, 15), 2);
  const coldStart = COLD_STARTS[uniformInteger(rng, 0, COLD_STARTS.length - 1)] as Seconds;
  const cv = round(drawVariation(rng), 2);
  const slo = drawObjective(served, rng);
  return {
    peak,
    coldStart: round(coldStart * logUniform(rng, 0.8, 1.25), 1),
    cv,
    slo,
    // A client that gave up amid an ordinary answer would be a miss that no fleet can avoid.
    clientTimeout: round(Math.max(uniform(rng, 60, 120), 1.5 * slo.limit, 2 * served.e2e), 1),
    maxReplicas: Math.ceil(peak * uniform(rng, 1.5, 3)),
  };
}

function drawVariation(rng: Rng): Ratio {
  const share = rng.next();
  if (share < 0.4) return 1;
  return share < 0.8 ? uniform(rng, 1, 3) : uniform(rng, 3, 6);
}

function drawObjective(served: ServedLatency, rng: Rng): Slo {
  const metric = rng.next() < 0.75 ? 'ttft' : 'e2e';
  const factor = metric === 'ttft' ? logUniform(rng, 1.5, 8) : uniform(rng, 1.2, 2);
  return { metric, limit: round(factor * served[metric], 2) };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
