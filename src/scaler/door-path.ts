import { err, ok, type Result } from '../base/result.js';
import type { ScaledObjectRef } from './metadata.js';

const PATH = /^\/v1\/(decisions|explanations)\/([a-z0-9.-]{1,253})\/([a-z0-9.-]{1,253})$/;
/** The paths that the HTTP door answers. */
export const DOOR_PATHS: readonly string[] = ['/v1/decisions/NAMESPACE/NAME', '/v1/explanations/NAMESPACE/NAME'];

export interface DoorRequest {
  readonly what: 'decisions' | 'explanations';
  readonly namespace: string;
  readonly name: string;
  readonly searchParams: URLSearchParams;
}

/** What a request target of the HTTP door asks for; undefined for every other. Nothing in it is decoded but the query. */
export function readDoorTarget(target: string): DoorRequest | undefined {
  const [pathname = '', ...query] = target.split('?');
  const [, what, namespace, name] = PATH.exec(pathname) ?? [];
  if (!namespace || !name) return undefined;
  const searchParams = new URLSearchParams(query.join('?'));
  return { what: what === 'explanations' ? 'explanations' : 'decisions', namespace, name, searchParams };
}

/** The keys of a trigger, given as query parameters. One that is given twice is refused: which counts must not depend on who reads it. */
export function readKeys(parameters: URLSearchParams): Result<Readonly<Record<string, string>>, string> {
  const keys = [...parameters.keys()];
  return new Set(keys).size < keys.length ? err('query: each key once') : ok(Object.fromEntries(parameters));
}

/** A trigger as a manifest has it. */
export interface WrittenTrigger {
  readonly type: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a trigger asks us for. `keys` is where in its metadata the keys stand: all of it, or an URL. */
export interface TriggerReference {
  readonly reference: ScaledObjectRef;
  readonly keys: 'metadata' | 'metadata.url';
}

/**
 * What a trigger of a ScaledObject asks kiscaler for, over gRPC (`external`, `external-push`) or through the HTTP door
 * (`metrics-api`); undefined where it asks somebody else. A text says why its keys cannot be read.
 */
export function referenceOfTrigger(
  { type, metadata }: WrittenTrigger,
  { name, namespace = 'default' }: { readonly name: string; readonly namespace?: string | undefined },
): Result<TriggerReference, string> | undefined {
  if (type === 'external' || type === 'external-push')
    return ok({ reference: { name, namespace, scalerMetadata: metadata }, keys: 'metadata' });
  if (type !== 'metrics-api') return undefined;
  const asked = readDoorTarget((metadata['url'] ?? '').replace(/^https?:\/\/[^/?]*/, ''));
  if (asked?.what !== 'decisions') return undefined;
  const read = readKeys(asked.searchParams);
  if (!read.ok) return read;
  const reference = { name: asked.name, namespace: asked.namespace, scalerMetadata: read.value };
  return ok({ reference, keys: 'metadata.url' });
}
