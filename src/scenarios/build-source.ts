import type { Rng } from '../base/rng.js';
import type { RequestsPerSecond, Seconds } from '../base/units.js';
import { type Client, drawClients } from '../kisim/traffic/clients.js';
import { drawPath, type RateFamilyName } from '../kisim/traffic/families.js';
import { mergeTraffic } from '../kisim/traffic/merge-traffic.js';
import { peakOfPaths, peakOfTrace } from '../kisim/traffic/peak.js';
import { pathDuration, type RatePath, scalePath } from '../kisim/traffic/rate-path.js';
import { createRateTraffic } from '../kisim/traffic/rate-traffic.js';
import { readSource, type TraceFormat } from '../kisim/traffic/read-source.js';
import type { RequestTrace } from '../kisim/traffic/request-trace.js';
import { scaleTraffic } from '../kisim/traffic/scale-traffic.js';
import { cutPath, repeatPath } from '../kisim/traffic/splice-path.js';
import { cutTrace, cutTraffic, repeatTrace } from '../kisim/traffic/splice-traffic.js';
import type { TokenLengths } from '../kisim/traffic/token-lengths.js';
import { TraceError } from '../kisim/traffic/trace-error.js';
import type { TraceFiles } from '../kisim/traffic/trace-files.js';
import type { Traffic } from '../kisim/traffic/traffic.js';
import type { SourceSpec } from './schema/traffic.js';

/** Traffic and how long it lasts. */
export interface BuiltTraffic {
  readonly duration: Seconds;
  readonly traffic: Traffic;
}

export interface SourceSetting {
  readonly files: TraceFiles;
  readonly lengths: TokenLengths;
  /** How long a source lasts that has no length of its own; and a file too, where `isCut`. */
  readonly duration: Seconds;
  readonly isCut: boolean;
}

/** Name of a path that is nobody's: it draws from the source's own streams. */
const NOBODY = '';

/**
 * One source of traffic: drawn from a family or from clients, or read from a file, its section cut out, repeated, then scaled.
 * Streams of `rng`: `shape`, `arrivals`, `input-lengths`, `output-lengths`, `scale`, and those of each client under its name.
 */
export function buildSource(spec: SourceSpec, setting: SourceSetting, rng: Rng): BuiltTraffic {
  const { duration } = setting;
  if (spec.file !== undefined) return buildFile(spec, spec.file, setting, rng);
  // Scaling in time stretches what is drawn to its place: it is drawn shorter or longer before.
  const drawn = duration / spec.time;
  if (spec.clients) {
    const clients = drawClients({ ...spec.clients, duration: drawn }, rng);
    return open(
      spec,
      changed(clients, (path) => scalePath(path, spec)),
      setting,
      rng,
    );
  }
  const { low = 0, high, levels } = spec;
  const shape = { low, high: high ?? Math.max(...(levels ?? [low])), duration: drawn, options: optionsOf(spec) };
  const path = drawPath(spec.pattern as RateFamilyName, shape, rng);
  return open(spec, [{ name: NOBODY, path: scalePath(path, spec) }], setting, rng);
}

function optionsOf({ weekend, times, levels, stay, on, off }: SourceSpec) {
  return {
    ...(weekend === undefined ? {} : { weekend }),
    ...(times === undefined ? {} : { times }),
    ...(levels === undefined ? {} : { levels }),
    ...(stay === undefined ? {} : { stay }),
    ...(on === undefined ? {} : { on }),
    ...(off === undefined ? {} : { off }),
  };
}

function buildFile(spec: SourceSpec, file: string, setting: SourceSetting, rng: Rng): BuiltTraffic {
  const source = readSource({ file, format: spec.format as TraceFormat | undefined, model: spec.model }, setting.files);
  if (source.kind === 'requests') return buildTrace(spec, source.trace, setting, rng);
  const { from = 0, to = Number.POSITIVE_INFINITY, repeat = 1, time } = spec;
  const recorded = source.kind === 'rates' ? [{ name: NOBODY, path: source.path }] : source.clients;
  requireSection(spec, longest(recorded));
  const isWhole = from === 0 && to === Number.POSITIVE_INFINITY;
  const section = isWhole ? recorded : changed(recorded, (path) => cutPath(path, from, to));
  const rate = factorOf(spec, () => peakOfPaths(section.map(({ path }) => path)));
  const whole = changed(section, (path) => scalePath(repeatPath(path, repeat), { time, rate }));
  if (!setting.isCut) return open(spec, whole, { ...setting, duration: longest(whole) }, rng);
  return open(
    spec,
    changed(whole, (path) => cutPath(path, 0, setting.duration)),
    setting,
    rng,
  );
}

function buildTrace(spec: SourceSpec, recorded: RequestTrace, setting: SourceSetting, rng: Rng): BuiltTraffic {
  const { from = 0, to = Number.POSITIVE_INFINITY, repeat = 1, time } = spec;
  requireSection(spec, recorded.duration);
  const section = from === 0 && to === Number.POSITIVE_INFINITY ? recorded : cutTrace(recorded, from, to);
  // Played faster, the same requests come at a higher rate.
  const rate = factorOf(spec, () => peakOfTrace(section) / time);
  const trace = repeatTrace(section, repeat);
  const whole = scaleTraffic(trace.open(), { time, rate }, rng);
  return setting.isCut
    ? { duration: setting.duration, traffic: cutTraffic(whole, 0, setting.duration) }
    : { duration: trace.duration * time, traffic: whole };
}

/** How many times as many requests are wanted: as it is said, or so many that the peak is the one wanted. */
function factorOf({ file, rate, peak }: SourceSpec, found: () => RequestsPerSecond): number {
  if (peak === undefined) return rate;
  const now = found();
  if (now > 0) return peak / now;
  throw new TraceError(undefined, 'peak: nothing comes for 98 % of the time, so there is no peak to scale', file);
}

function longest(clients: readonly Client[]): Seconds {
  return Math.max(...clients.map(({ path }) => pathDuration(path)));
}

function requireSection({ file, from = 0 }: SourceSpec, length: Seconds): void {
  if (from === 0 || from < length) return;
  throw new TraceError(undefined, `from must lie within its ${Math.round(length)} s, found ${from}`, file);
}

function open(
  { cv }: SourceSpec,
  clients: readonly Client[],
  { lengths, duration }: SourceSetting,
  rng: Rng,
): BuiltTraffic {
  const traffics = clients.map(({ name, path }) =>
    createRateTraffic({ path, lengths, ...(cv === undefined ? {} : { cv }) }, name === NOBODY ? rng : rng.stream(name)),
  );
  return { duration, traffic: mergeTraffic(traffics) };
}

function changed(clients: readonly Client[], change: (path: RatePath) => RatePath): readonly Client[] {
  return clients.map(({ name, path }) => ({ name, path: change(path) }));
}
