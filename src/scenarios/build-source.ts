import type { Rng } from '../base/rng.js';
import type { Seconds } from '../base/units.js';
import { type Client, drawClients } from '../kisim/traffic/clients.js';
import { TraceError } from '../kisim/traffic/csv-rows.js';
import { drawPath, type RateFamilyName } from '../kisim/traffic/families.js';
import { mergeTraffic } from '../kisim/traffic/merge-traffic.js';
import { pathDuration, type RatePath, scalePath } from '../kisim/traffic/rate-path.js';
import { createRateTraffic } from '../kisim/traffic/rate-traffic.js';
import { readSource, type TraceFormat } from '../kisim/traffic/read-source.js';
import type { RequestTrace } from '../kisim/traffic/request-trace.js';
import { scaleTraffic } from '../kisim/traffic/scale-traffic.js';
import { cutPath, repeatPath } from '../kisim/traffic/splice-path.js';
import { cutTrace, cutTraffic, repeatTrace } from '../kisim/traffic/splice-traffic.js';
import type { TokenLengths } from '../kisim/traffic/token-lengths.js';
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

/** Rates to draw requests from: one path, or one for each of several clients. */
type Rates = { readonly path: RatePath } | { readonly clients: readonly Client[] };

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
    return open(spec, { clients: changed(clients, (path) => scalePath(path, spec)) }, setting, rng);
  }
  const { low = 0, high, levels } = spec;
  const shape = { low, high: high ?? Math.max(...(levels ?? [low])), duration: drawn, options: optionsOf(spec) };
  const path = drawPath(spec.pattern as RateFamilyName, shape, rng);
  return open(spec, { path: scalePath(path, spec) }, setting, rng);
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
  const prepare = (path: RatePath): RatePath => {
    const { from = 0, to = Number.POSITIVE_INFINITY, repeat = 1 } = spec;
    requireSection(spec, pathDuration(path));
    const section = from === 0 && to === Number.POSITIVE_INFINITY ? path : cutPath(path, from, to);
    const whole = scalePath(repeatPath(section, repeat), spec);
    return setting.isCut ? cutPath(whole, 0, setting.duration) : whole;
  };
  const rates =
    source.kind === 'rates' ? { path: prepare(source.path) } : { clients: changed(source.clients, prepare) };
  const length = Math.max(
    ...('path' in rates ? [rates.path] : rates.clients.map(({ path }) => path)).map(pathDuration),
  );
  return open(spec, rates, setting.isCut ? setting : { ...setting, duration: length }, rng);
}

function buildTrace(spec: SourceSpec, recorded: RequestTrace, setting: SourceSetting, rng: Rng): BuiltTraffic {
  const { from = 0, to = Number.POSITIVE_INFINITY, repeat = 1, time } = spec;
  requireSection(spec, recorded.duration);
  const section = from === 0 && to === Number.POSITIVE_INFINITY ? recorded : cutTrace(recorded, from, to);
  const trace = repeatTrace(section, repeat);
  const whole = scaleTraffic(trace.open(), spec, rng);
  return setting.isCut
    ? { duration: setting.duration, traffic: cutTraffic(whole, 0, setting.duration) }
    : { duration: trace.duration * time, traffic: whole };
}

function requireSection({ file, from = 0 }: SourceSpec, length: Seconds): void {
  if (from === 0 || from < length) return;
  throw new TraceError(undefined, `from must lie within its ${Math.round(length)} s, found ${from}`, file);
}

function open({ cv }: SourceSpec, rates: Rates, { lengths, duration }: SourceSetting, rng: Rng): BuiltTraffic {
  const traffic = (path: RatePath, stream: Rng): Traffic =>
    createRateTraffic({ path, lengths, ...(cv === undefined ? {} : { cv }) }, stream);
  if ('path' in rates) return { duration, traffic: traffic(rates.path, rng) };
  return { duration, traffic: mergeTraffic(rates.clients.map(({ name, path }) => traffic(path, rng.stream(name)))) };
}

function changed(clients: readonly Client[], change: (path: RatePath) => RatePath): readonly Client[] {
  return clients.map(({ name, path }) => ({ name, path: change(path) }));
}
