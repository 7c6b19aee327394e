import type { Rng } from '../base/rng.js';
import type { Seconds } from '../base/units.js';
import type { ServingProfile } from '../decision/serving-profile.js';
import { constantLength } from '../kisim/traffic/length-distribution.js';
import { mergeTraffic } from '../kisim/traffic/merge-traffic.js';
import { groupPrefixes, separatePrefixes } from '../kisim/traffic/prefix-groups.js';
import { scaleTraffic, surgeTraffic } from '../kisim/traffic/scale-traffic.js';
import { concatTraffic, cutTraffic, delayTraffic } from '../kisim/traffic/splice-traffic.js';
import { bombTokens } from '../kisim/traffic/token-bomb.js';
import { conversationLengths, type TokenLengths } from '../kisim/traffic/token-lengths.js';
import { TraceError } from '../kisim/traffic/trace-error.js';
import { type TraceFiles, traceFilesIn } from '../kisim/traffic/trace-files.js';
import type { Traffic } from '../kisim/traffic/traffic.js';
import { buildLength, buildLengths } from './build-lengths.js';
import { type BuiltTraffic, buildSource } from './build-source.js';
import type { Scenario } from './scenario.js';
import { LONGEST_RUN, type SourceSpec, type TrafficSpec } from './schema/traffic.js';

/** Length of a run whose traffic has none of its own. */
const DEFAULT_DURATION: Seconds = 1800;

interface Setting {
  readonly files: TraceFiles;
  /** Lengths where a source has none and names none. */
  readonly lengths: TokenLengths;
  /** Of the whole run, where it is stated. */
  readonly duration: Seconds | undefined;
}

/** A request to a model without tokens is one unit of work. */
const SINGLE: TokenLengths = { input: constantLength(1), output: constantLength(1) };

/**
 * The traffic of a scenario; `files` opens the files that it names (relative to the working directory where absent). Streams of
 * `rng`: those of its source, or of `part/i` for each part, and `surges/i`, `bombs/i` and `prefixes`, so that a part, a surge or
 * a bomb more shifts no other one. Throws TraceError, which names file and line, or as `fs` does.
 */
export function buildTraffic(
  scenario: Pick<Scenario, 'traffic' | 'duration'>,
  profile: ServingProfile,
  rng: Rng,
  files: TraceFiles = traceFilesIn('.'),
): BuiltTraffic {
  const { traffic: spec, duration } = scenario;
  const profileLengths =
    profile.engine === 'triton' ? SINGLE : conversationLengths(profile.meanInputTokens, profile.meanOutputTokens);
  const lengths = buildLengths(spec, profileLengths, files);
  const built = buildParts(spec, { files, lengths, duration }, rng);
  if (built.duration > LONGEST_RUN)
    throw new TraceError(
      undefined,
      `the traffic lasts ${built.duration} s, at most ${LONGEST_RUN}: give the scenario a duration`,
    );
  return { duration: built.duration, traffic: shape(spec, built.traffic, lengths, files, rng) };
}

function buildParts(spec: TrafficSpec, setting: Setting, rng: Rng): BuiltTraffic {
  const { files, lengths, duration } = setting;
  const parts = spec.mix ?? spec.sequence;
  if (!parts)
    return buildSource(
      spec,
      { files, lengths, duration: duration ?? DEFAULT_DURATION, isCut: duration !== undefined },
      rng,
    );
  const built = parts.map((part, i) => {
    const { traffic, ...rest } = buildPart(part, setting, rng.stream(`part/${i}`));
    return { ...rest, traffic: separatePrefixes(traffic, i, parts.length) };
  });
  const joined = spec.mix ? overlay(built) : follow(built);
  // A mix is slower or faster as a whole.
  const whole = scaleTraffic(joined.traffic, spec, rng);
  const length = joined.duration * spec.time;
  return duration === undefined
    ? { duration: length, traffic: whole }
    : { duration, traffic: cutTraffic(whole, 0, duration) };
}

interface BuiltPart extends BuiltTraffic {
  readonly at: Seconds;
}

function buildPart(part: SourceSpec, { files, lengths, duration }: Setting, rng: Rng): BuiltPart {
  const { at = 0 } = part;
  const rest = duration === undefined ? undefined : Math.max(1, duration - at);
  const built = buildSource(
    part,
    {
      files,
      lengths: buildLengths(part, lengths, files),
      duration: part.duration ?? rest ?? DEFAULT_DURATION,
      isCut: part.duration !== undefined,
    },
    rng,
  );
  const { prefixes } = part;
  return {
    at,
    duration: built.duration,
    traffic: prefixes ? groupPrefixes(built.traffic, prefixes, rng) : built.traffic,
  };
}

function overlay(parts: readonly BuiltPart[]): BuiltTraffic {
  return {
    duration: Math.max(...parts.map(({ at, duration }) => at + duration)),
    traffic: mergeTraffic(parts.map(({ at, traffic }) => delayTraffic(traffic, at))),
  };
}

function follow(parts: readonly BuiltPart[]): BuiltTraffic {
  return {
    duration: parts.reduce((sum, { duration }) => sum + duration, 0),
    traffic: concatTraffic(parts.map(({ duration, traffic }) => ({ duration, open: () => traffic }))),
  };
}

/** Prefixes, surges and bombs over everything. */
function shape(spec: TrafficSpec, whole: Traffic, lengths: TokenLengths, files: TraceFiles, rng: Rng): Traffic {
  let traffic = spec.prefixes ? groupPrefixes(whole, spec.prefixes, rng) : whole;
  for (const [i, surge] of spec.surges.entries()) {
    const { at, duration, times, inputTokens, outputTokens } = surge;
    const own =
      inputTokens === undefined && outputTokens === undefined ? {} : { lengths: buildLengths(surge, lengths, files) };
    traffic = surgeTraffic(traffic, { at, duration, times, ...own }, rng.stream(`surges/${i}`));
  }
  for (const [i, { inputTokens, ...bomb }] of spec.tokenBombs.entries())
    traffic = bombTokens(
      traffic,
      { ...bomb, input: buildLength(inputTokens, 'input_tokens', files) },
      rng.stream(`bombs/${i}`),
    );
  return traffic;
}
