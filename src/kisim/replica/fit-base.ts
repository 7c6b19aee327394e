import { mean } from '../../base/statistics.js';
import type { Seconds } from '../../base/units.js';
import { createFastForwardEngine } from './engine.js';
import type { EngineOptions } from './engine-options.js';
import { replay } from './replay.js';
import { latenciesOf, type RequestLatencies, type RequestSpec } from './request.js';

const LARGEST: Seconds = 20e-3;
/** To 5 microseconds. */
const BISECTIONS = 12;

/**
 * The constant per step (`law.base`, c0) with which the mean latency of the first half of recorded requests is met, by bisection in
 * [0, 20 ms]; an end of it where none does. The second half is left to judge it by. Pure; a replay per bisection.
 */
export function fitBase(
  requests: readonly RequestSpec[],
  recorded: readonly RequestLatencies[],
  options: EngineOptions,
): Seconds {
  const half = Math.ceil(requests.length / 2);
  const meanLatency = (latencies: readonly RequestLatencies[]): Seconds =>
    mean(
      latencies
        .slice(0, half)
        .map(({ latency }) => latency)
        .filter((latency) => !Number.isNaN(latency)),
    );
  const target = meanLatency(recorded);
  let [low, high] = [0, LARGEST];
  for (let i = 0; i < BISECTIONS; i++) {
    const base = (low + high) / 2;
    const { records } = replay(requests, { ...options, law: { ...options.law, base } }, createFastForwardEngine);
    if (meanLatency(records.map(latenciesOf)) > target) high = base;
    else low = base;
  }
  return (low + high) / 2;
}
