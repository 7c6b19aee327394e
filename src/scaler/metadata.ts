import { parseDecimal, parseDuration } from '../base/numbers.js';
import { err, ok, type Result } from '../base/result.js';
import type { EngineName, ServingProfile } from '../decision/serving-profile.js';
import type { ArrivalSource, SloMetric, Workload } from '../decision/workload.js';
import { describeAllowed, KEDA_KEYS, METADATA, type MetadataKey } from './metadata-table.js';

/** Limits of one reference, so that a hostile one costs nothing. */
const MAX_KEYS = 32;
const MAX_KEY_LENGTH = 64;
const MAX_VALUE_LENGTH = 512;
const KUBERNETES_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const TEXT = /^[A-Za-z0-9][A-Za-z0-9._:/-]*$/;
const TARGET = /^(?:(Deployment)\/)?([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)$/;

/** What KEDA says of one trigger (proto ScaledObjectRef); every field may be missing. */
export interface ScaledObjectRef {
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly scalerMetadata?: Readonly<Record<string, string>> | null | undefined;
}

/** One thing wrong with a reference. `allowed` says what would be right; the offending value is never repeated. */
export interface MetadataProblem {
  readonly key: string;
  readonly allowed: string;
}

export interface ParsedReference {
  readonly workload: Workload;
  /** Keys that nobody reads: a typo, or a newer version's. */
  readonly unknownKeys: readonly string[];
}

export interface MetadataContext {
  readonly findProfile: (name: string) => ServingProfile | undefined;
  readonly hasPolicy: (name: string) => boolean;
  readonly hasBackend: (name: string) => boolean;
}

/**
 * Parses a reference into a frozen workload. Pure but for the look-ups of `context`; all problems are reported together, each
 * by key and allowed range, so that no tenant's value ends in a log or in another tenant's error.
 */
export function parseMetadata(
  ref: ScaledObjectRef,
  context: MetadataContext,
): Result<ParsedReference, readonly MetadataProblem[]> {
  const sized = checkSize(ref);
  if (sized.length > 0) return err(sized);
  const given = new Map(Object.entries(ref.scalerMetadata ?? {}));
  const problems: MetadataProblem[] = [];
  const values = new Map<string, string | number>();
  for (const row of METADATA) {
    const text = given.get(row.key) ?? row.default;
    if (text === undefined) {
      if (row.required) problems.push({ key: row.key, allowed: `required: ${describeAllowed(row)}` });
      continue;
    }
    const value = parseValue(row, text);
    if (value === undefined) problems.push({ key: row.key, allowed: describeAllowed(row) });
    else values.set(row.key, value);
  }
  problems.push(...checkTogether(values, context));
  if (problems.length > 0) return err(problems);
  return ok({ workload: buildWorkload(ref, values, context), unknownKeys: findUnknown(given) });
}

function checkSize({ name, namespace, scalerMetadata }: ScaledObjectRef): MetadataProblem[] {
  const problems: MetadataProblem[] = [];
  if (!KUBERNETES_NAME.test(name ?? '')) problems.push({ key: 'name', allowed: 'a Kubernetes object name' });
  if (!KUBERNETES_NAME.test(namespace ?? '')) problems.push({ key: 'namespace', allowed: 'a Kubernetes namespace' });
  const entries = Object.entries(scalerMetadata ?? {});
  if (entries.length > MAX_KEYS) problems.push({ key: 'metadata', allowed: `at most ${MAX_KEYS} keys` });
  else if (entries.some(([key]) => key.length > MAX_KEY_LENGTH)) {
    problems.push({ key: 'metadata', allowed: `keys of at most ${MAX_KEY_LENGTH} characters` });
  } else {
    const read = new Set(METADATA.map(({ key }) => key));
    for (const [key, value] of entries) {
      if (read.has(key) && value.length > MAX_VALUE_LENGTH) {
        problems.push({ key, allowed: `at most ${MAX_VALUE_LENGTH} characters` });
      }
    }
  }
  return problems;
}

function parseValue(row: MetadataKey, text: string): string | number | undefined {
  switch (row.type) {
    case 'text':
      return TEXT.test(text) ? text : undefined;
    case 'target':
      return TARGET.test(text) ? text : undefined;
    case 'choice':
      return row.choices?.includes(text) ? text : undefined;
    case 'duration':
      return withinRange(row, parseDuration(text));
    case 'number':
      return withinRange(row, parseDecimal(text));
    case 'integer': {
      const value = withinRange(row, parseDecimal(text));
      return Number.isInteger(value) ? value : undefined;
    }
  }
}

function withinRange({ range }: MetadataKey, parsed: Result<number, string>): number | undefined {
  if (!parsed.ok || !range) return undefined;
  return parsed.value >= range[0] && parsed.value <= range[1] ? parsed.value : undefined;
}

/** Rules between keys, and names that only this process can resolve. */
function checkTogether(values: ReadonlyMap<string, string | number>, context: MetadataContext): MetadataProblem[] {
  const problems: MetadataProblem[] = [];
  const text = (key: string): string | undefined => values.get(key) as string | undefined;
  const min = values.get('minReplicas') as number | undefined;
  const max = values.get('maxReplicas') as number | undefined;
  if (min !== undefined && max !== undefined && min > max)
    problems.push({ key: 'minReplicas', allowed: 'at most maxReplicas' });
  const profile = text('profile');
  const found = profile === undefined ? undefined : context.findProfile(profile);
  if (profile !== undefined && !found)
    problems.push({ key: 'profile', allowed: 'the name of a profile that ships with kiscaler' });
  if (values.has('arrivals') && !values.has('model'))
    problems.push({ key: 'model', allowed: "the gateway's name of it, where arrivals is given" });
  const engine = text('engine');
  if (found && engine !== undefined && found.engine !== engine)
    problems.push({ key: 'profile', allowed: 'a profile of the engine that the trigger names' });
  const policy = text('policy');
  if (policy !== undefined && !context.hasPolicy(policy)) {
    problems.push({ key: 'policy', allowed: 'learned, planner, or a law that docs/policies.md lists' });
  }
  const backend = text('backend');
  if (backend !== undefined && !context.hasBackend(backend))
    problems.push({ key: 'backend', allowed: "a backend of the operator's configuration" });
  return problems;
}

function buildWorkload(
  ref: ScaledObjectRef,
  values: ReadonlyMap<string, string | number>,
  context: MetadataContext,
): Workload {
  const text = (key: string): string => values.get(key) as string;
  const number = (key: string): number => values.get(key) as number;
  const target = values.has('target') ? parseTarget(text('target')) : undefined;
  const profile = values.has('profile') ? context.findProfile(text('profile')) : undefined;
  return Object.freeze({
    namespace: ref.namespace ?? '',
    name: ref.name ?? '',
    engine: text('engine') as EngineName,
    slo: { metric: text('sloMetric') as SloMetric, limit: number('slo') },
    bounds: { minReplicas: number('minReplicas'), maxReplicas: number('maxReplicas') },
    missPrice: number('missPrice'),
    policy: text('policy'),
    backend: text('backend'),
    hpaTolerance: text('hpaTolerance') === 'default' ? 0.1 : 0,
    ...(target === undefined ? {} : { target }),
    ...(profile === undefined ? {} : { profile }),
    ...(values.has('model') ? { model: text('model') } : {}),
    ...(values.has('arrivals') ? { arrivals: text('arrivals') as ArrivalSource } : {}),
    ...(values.has('maxNumSeqs') ? { maxNumSeqs: number('maxNumSeqs') } : {}),
    ...(values.has('coldStart') ? { coldStart: number('coldStart') } : {}),
  });
}

function parseTarget(text: string): { kind: string; name: string } {
  const match = TARGET.exec(text);
  return { kind: match?.[1] ?? 'Deployment', name: match?.[2] ?? '' };
}

function findUnknown(given: ReadonlyMap<string, string>): readonly string[] {
  const known = new Set(METADATA.map(({ key }) => key));
  return [...given.keys()].filter((key) => !known.has(key) && !isPassedOver(key));
}

/** Keys that are KEDA's own, and `*FromEnv`, which carry resolved secrets: they are skipped without a word. */
export function isPassedOver(key: string): boolean {
  return KEDA_KEYS.has(key) || key.endsWith('FromEnv');
}
