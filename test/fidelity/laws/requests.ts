import { exponential } from '../../../src/base/distributions.js';
import { createRng } from '../../../src/base/rng.js';
import type { Seconds } from '../../../src/base/units.js';
import type { RequestSpec } from '../../../src/kisim/replica/request.js';
import { logNormalLength } from '../../../src/kisim/traffic/length-distribution.js';

const INPUT = logNormalLength(300, 0.6);
const OUTPUT = logNormalLength(120, 0.6);

/** Poisson requests of rate 1: the same gaps and lengths for one seed, so that faster traffic is the same traffic compressed. */
export function unitRequests(count: number, seed: number): readonly RequestSpec[] {
  const rng = createRng(seed).stream('laws');
  const [gaps, lengths] = [rng.stream('gaps'), rng.stream('lengths')];
  let arrival = 0;
  return Array.from({ length: count }, () => {
    arrival += exponential(gaps, 1);
    return { arrival, inputTokens: INPUT.draw(lengths), outputTokens: OUTPUT.draw(lengths) };
  });
}

/** The same requests at `rate` a second. */
export function atRate(requests: readonly RequestSpec[], rate: number): readonly RequestSpec[] {
  return requests.map((request) => ({ ...request, arrival: request.arrival / rate }));
}

/** The same requests, all `later` seconds later. */
export function later(requests: readonly RequestSpec[], seconds: Seconds): readonly RequestSpec[] {
  return requests.map((request) => ({ ...request, arrival: request.arrival + seconds }));
}

/** Two streams in one, in order of arrival. */
export function merged(a: readonly RequestSpec[], b: readonly RequestSpec[]): readonly RequestSpec[] {
  return [...a, ...b].sort((x, y) => x.arrival - y.arrival);
}
