import type { Rng } from '../base/rng.js';
import type { Seconds } from '../base/units.js';
import type { ServingProfile } from '../decision/serving-profile.js';
import { drawPath, type RateFamilyName } from '../kisim/traffic/families.js';
import type { Lines } from '../kisim/traffic/lines.js';
import { pathDuration, type RatePath, scalePath } from '../kisim/traffic/rate-path.js';
import { readRateTrace } from '../kisim/traffic/rate-trace.js';
import { createRateTraffic } from '../kisim/traffic/rate-traffic.js';
import { readRequestTrace } from '../kisim/traffic/request-trace.js';
import { scaleTraffic } from '../kisim/traffic/scale-traffic.js';
import { conversationLengths, type TokenLengths } from '../kisim/traffic/token-lengths.js';
import type { Traffic } from '../kisim/traffic/traffic.js';
import type { Scenario } from './scenario.js';

/** Traffic of a scenario and how long it lasts. */
export interface BuiltTraffic {
  readonly duration: Seconds;
  readonly traffic: Traffic;
}

const DEFAULT_DURATION: Seconds = 1800;

/**
 * The traffic of a scenario: `lines` is its trace where it names a file. Streams `shape`, `arrivals`, `lengths` and `scale` of
 * `rng`. Throws TraceError for a bad trace.
 */
export function buildTraffic(scenario: Scenario, profile: ServingProfile, rng: Rng, lines?: Lines): BuiltTraffic {
  const { traffic } = scenario;
  const lengths = conversationLengths(
    traffic.inputTokens ?? profile.meanInputTokens,
    traffic.outputTokens ?? profile.meanOutputTokens,
  );
  if (lines && isRequestTrace(lines)) return traceTraffic(scenario, lines, rng);
  if (lines) return pathTraffic(scenario, scalePath(readRateTrace(lines), traffic), lengths, rng);
  const duration = scenario.duration ?? DEFAULT_DURATION;
  const shape = { low: traffic.low, high: traffic.high ?? traffic.low, duration };
  return pathTraffic(scenario, drawPath(traffic.pattern as RateFamilyName, shape, rng), lengths, rng);
}

function traceTraffic({ traffic, duration }: Scenario, lines: Lines, rng: Rng): BuiltTraffic {
  const trace = readRequestTrace(lines);
  const whole = scaleTraffic(trace.open(), traffic, rng);
  const length = trace.duration * traffic.time;
  return { duration: duration ?? length, traffic: duration === undefined ? whole : cut(whole, duration) };
}

function pathTraffic(scenario: Scenario, path: RatePath, lengths: TokenLengths, rng: Rng): BuiltTraffic {
  const whole = createRateTraffic({ path, cv: scenario.traffic.cv, lengths }, rng);
  const { duration } = scenario;
  return duration === undefined
    ? { duration: pathDuration(path), traffic: whole }
    : { duration, traffic: cut(whole, duration) };
}

/** Request traces and rate traces are told apart by their header. */
function isRequestTrace(lines: Lines): boolean {
  for (const line of lines())
    return line
      .replace(/^\uFEFF/, '')
      .trimStart()
      .startsWith('arrival_s');
  return false;
}

/** The requests that arrive within `duration`. */
function cut(traffic: Traffic, duration: Seconds): Traffic {
  return {
    next() {
      const request = traffic.next();
      return request && request.arrival <= duration ? request : undefined;
    },
  };
}
