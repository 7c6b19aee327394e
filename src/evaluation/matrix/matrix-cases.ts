import { resolve } from 'node:path';
import { saturationThroughput } from '../../decision/serving-profile.js';
import { loadReplicaKind } from '../../kisim/replica-kind.js';
import { checkScenario } from '../../scenarios/read-scenario.js';
import type { EvaluationCase } from '../planned-run.js';
import { type Matrix, type MatrixSource, type MatrixWindow, type Split, sourceOf } from './matrix.js';
import { withProfile } from './with-profile.js';

/** How low a synthetic family goes, against its highest rate. */
const LOW: number = 0.15;

export interface MatrixCasesOptions {
  /** Where the files of the sources are; without one only synthetic sources can be played. */
  readonly data?: string | undefined;
  /** Windows by id, or all of a source by its name, that are wanted; default: all of the split. */
  readonly windows?: readonly string[] | undefined;
  /** Another profile than those of the windows (`withProfile`). */
  readonly profile?: string | undefined;
}

/**
 * The windows of a split as cases, in the order of the matrix. Throws RangeError where one is asked for that it does not have, or
 * that cannot be on the profile.
 */
export function matrixCases(
  { sources, windows }: Matrix,
  split: Split,
  { data, windows: wanted, profile }: MatrixCasesOptions,
): readonly EvaluationCase[] {
  const all = windows.filter((window) => window.split === split);
  for (const id of wanted ?? [])
    if (!all.some((window) => isNamed(window, id)))
      throw new RangeError(`window ${id}: the split ${split} has none of that name, nor a source`);
  return all
    .filter((window) => wanted === undefined || wanted.some((name) => isNamed(window, name)))
    .flatMap((window) => {
      const source = sources.find(({ name }) => name === sourceOf(window.id)) as MatrixSource;
      if (source.file !== undefined && data === undefined) return [];
      const played = profile === undefined ? window : withProfile(window, source, profile);
      return caseOf(played, source, resolve(data ?? '.'));
    });
}

function isNamed({ id }: MatrixWindow, name: string): boolean {
  return id === name || sourceOf(id) === name;
}

/** One window as a scenario: its peak in replicas becomes a rate at the throughput of its profile. */
function caseOf(window: MatrixWindow, source: MatrixSource, folder: string): EvaluationCase {
  const { profile, length, warmup, coldStart, slo, clientTimeout, maxReplicas, initialReplicas } = window;
  const scenario = checkScenario({
    version: 1,
    name: window.id.replace('/', '-'),
    profile,
    replicas: { min: 1, max: maxReplicas, initial: Math.min(maxReplicas, initialReplicas) },
    slo,
    coldStart: { median: coldStart },
    clientTimeout,
    traffic: trafficOf(window, source),
    duration: length,
    warmup,
  });
  if (!scenario.ok) throw new Error(`${window.id}: ${scenario.error}`);
  return { traffic: window.id, scenario: scenario.value, folder };
}

function trafficOf({ profile: name, from, length, time, peak, cv }: MatrixWindow, source: MatrixSource): object {
  const kind = loadReplicaKind(name);
  if (!kind.ok) throw new Error(kind.error);
  const { profile } = kind.value;
  const { input, output } = source.lengths ?? { input: profile.meanInputTokens, output: profile.meanOutputTokens };
  const high = peak * saturationThroughput(profile, input, output);
  const variation = cv === undefined ? {} : { cv };
  if (source.pattern !== undefined) return { pattern: source.pattern, low: LOW * high, high, ...variation };
  const { file, model } = source;
  // Seconds of the source; the end of a window that is compressed by a twelfth need not be one.
  const to = (from ?? 0) + length / time;
  return { file, ...(model === undefined ? {} : { model }), from, to, time, peak: high, ...variation };
}
