import type { Kube } from './kube.js';
import type { DeploymentState } from './scene.js';

/** spec.replicas and status.replicas of one Deployment from `at` on, in Unix seconds. */
export interface Counts {
  readonly at: number;
  readonly spec: number;
  readonly status: number;
}

interface Deployment extends DeploymentState {
  readonly metadata: { readonly name: string };
}

/** Follows the replica counts of every Deployment of a namespace as the API server tells them. */
export class ReplicaSeries {
  readonly #counts = new Map<string, Counts[]>();
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;

  constructor(kube: Kube, namespace: string) {
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments?watch=true`;
    this.#watching = kube.watch<Deployment>(path, ({ object }) => this.#see(object), this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  /** The newest counts before `at`; undefined where nothing was known yet. */
  before(name: string, at: number): Counts | undefined {
    return this.#counts.get(name)?.findLast((counts) => counts.at < at);
  }

  #see({ metadata, spec, status }: Deployment): void {
    const known = this.#counts.get(metadata.name) ?? [];
    known.push({ at: Date.now() / 1000, spec: spec.replicas, status: status.replicas ?? 0 });
    this.#counts.set(metadata.name, known);
  }
}
