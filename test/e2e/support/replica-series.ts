import type { Kube } from './kube.js';

/** spec.replicas and status.replicas of one workload from `at` on, in Unix seconds; a status that nobody has set is NaN. */
export interface Counts {
  readonly at: number;
  readonly spec: number;
  readonly status: number;
}

interface Scaled {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly replicas: number };
  readonly status?: { readonly replicas?: number };
}

/** Follows the replica counts of every workload of a collection as the API server tells them. */
export class ReplicaSeries {
  readonly #counts = new Map<string, Counts[]>();
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;

  /** `path` is the collection's, from `/apis` on. */
  constructor(kube: Kube, path: string, onSeen: (name: string, counts: Counts) => void = () => {}) {
    const see = ({ metadata: { name }, spec, status }: Scaled): void => {
      const counts = { at: Date.now() / 1000, spec: spec.replicas, status: status?.replicas ?? Number.NaN };
      const known = this.#counts.get(name) ?? [];
      known.push(counts);
      this.#counts.set(name, known);
      onSeen(name, counts);
    };
    this.#watching = this.#watch(kube, path, see);
  }

  /** The API server ends a watch after half an hour or more; the next one begins with what is there. */
  async #watch(kube: Kube, path: string, see: (object: Scaled) => void): Promise<void> {
    await kube.watch<Scaled>(`${path}?watch=true`, ({ object }) => see(object), this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  /** The newest counts before `at`; undefined where nothing was known yet. */
  before(name: string, at: number): Counts | undefined {
    return this.#counts.get(name)?.findLast((counts) => counts.at < at);
  }

  of(name: string): readonly Counts[] {
    return this.#counts.get(name) ?? [];
  }
}
