import type { RequestSpec } from '../../../src/kisim/replica/request.js';
import { constantLength } from '../../../src/kisim/traffic/length-distribution.js';
import type { TokenLengths } from '../../../src/kisim/traffic/token-lengths.js';
import type { Traffic } from '../../../src/kisim/traffic/traffic.js';

/** Plays traffic to its end. */
export function all(traffic: Traffic): RequestSpec[] {
  const requests: RequestSpec[] = [];
  for (let request = traffic.next(); request; request = traffic.next()) requests.push(request);
  return requests;
}

/** One request a second from 0 on, told apart by its input length: the i-th has i + 1 tokens. */
export function ticking(count: number, changes: Partial<RequestSpec> = {}): RequestSpec[] {
  return Array.from({ length: count }, (_, i) => ({ arrival: i, inputTokens: i + 1, outputTokens: 1, ...changes }));
}

/** Whether requests are in order of arrival. */
export function isOrdered(requests: readonly RequestSpec[]): boolean {
  return requests.every(({ arrival }, i) => arrival >= (requests[i - 1]?.arrival ?? 0));
}

/** Every request alike. */
export function constantLengths(input = 100, output = 10): TokenLengths {
  return { input: constantLength(input), output: constantLength(output) };
}
