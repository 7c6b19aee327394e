import { createHash } from 'node:crypto';
import type { Workload } from '../decision/workload.js';
import { ScalerError } from './errors.js';
import { isPassedOver, type MetadataContext, parseMetadata, type ScaledObjectRef } from './metadata.js';

/** A reference that was parsed: who it is, and the key under which its decisions are kept. */
export interface KnownReference {
  readonly key: string;
  readonly workload: Workload;
}

export interface ReferencesOptions {
  readonly context: MetadataContext;
  /** Namespaces that are served; all of them where absent. */
  readonly namespaces?: ReadonlySet<string>;
  /** Called once per reference with keys that nobody reads. */
  readonly onUnknownKeys: (workload: Workload, keys: readonly string[]) => void;
}

const REMEMBERED = 10_000;

/** Parses references, each once: KEDA sends the same one with every call. Edited metadata is another reference. */
export class References {
  readonly #options: ReferencesOptions;
  readonly #known = new Map<string, KnownReference>();

  constructor(options: ReferencesOptions) {
    this.#options = options;
  }

  /** @throws ScalerError KIS_METADATA_MISSING, KIS_TENANT_DENIED, or KIS_METADATA_INVALID with keys and allowed ranges. */
  resolve(ref: ScaledObjectRef | null | undefined): KnownReference {
    if (!ref) throw new ScalerError('KIS_METADATA_MISSING');
    const { namespaces } = this.#options;
    if (namespaces && !namespaces.has(ref.namespace ?? '')) throw new ScalerError('KIS_TENANT_DENIED');
    const key = hashReference(ref);
    const known = this.#known.get(key);
    if (known) return known;
    const parsed = parseMetadata(ref, this.#options.context);
    if (!parsed.ok) {
      throw new ScalerError(
        'KIS_METADATA_INVALID',
        parsed.error.map((problem) => `${problem.key}: ${problem.allowed}`).join('; '),
      );
    }
    const { workload, unknownKeys } = parsed.value;
    if (unknownKeys.length > 0) this.#options.onUnknownKeys(workload, unknownKeys);
    return this.#remember({ key, workload });
  }

  #remember(reference: KnownReference): KnownReference {
    const oldest = this.#known.keys().next();
    if (this.#known.size >= REMEMBERED && !oldest.done) this.#known.delete(oldest.value);
    this.#known.set(reference.key, reference);
    return reference;
  }
}

/**
 * Equal for equal references, in whatever order their keys come and by whichever door; the values themselves are not kept.
 * What is KEDA's own or a secret says nothing about the workload.
 */
function hashReference({ namespace, name, scalerMetadata }: ScaledObjectRef): string {
  const entries = Object.entries(scalerMetadata ?? {})
    .filter(([key]) => !isPassedOver(key))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([namespace, name, entries]))
    .digest('base64url');
}
