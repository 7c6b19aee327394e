import { setTimeout as wait } from 'node:timers/promises';
import { createRng } from '../../../src/base/rng.js';
import { START_PHASES, type StagedStart } from '../../../src/kisim/fleet/cold-start.js';
import { drawDelay } from '../../../src/kisim/fleet/delay.js';
import type { Kube, KubeObject, WatchEvent } from './kube.js';
import { READY } from './kwok.js';
import { setTargets, type Target } from './monitoring.js';

/** A pod's phase of start, for people who look. */
const PHASE = 'e2e.kiscaler/phase';
/** Holds a pod that is being deleted until its engine has drained. */
export const DRAIN = 'e2e.kiscaler/drain';

/** What runs in pods; told by their names of what becomes of them. Each call after the first for a pod says nothing new. */
export interface PodRuntime {
  /** The pod is ready: it serves from now on. */
  start(name: string): Promise<void> | void;
  /** The pod is being deleted: nothing new for it. */
  drain(name: string): void;
  isEmpty(name: string): boolean;
  /** The pod is gone. */
  remove(name: string): void;
  /** Time passes, also while nobody scrapes. */
  advance(): void;
  /** What Prometheus finds, by job. */
  targets(): Readonly<Record<string, readonly Target[]>>;
}

export interface AgentOptions {
  readonly kube: Kube;
  /** The run's folder, where Prometheus finds its targets. */
  readonly folder: string;
  readonly namespace: string;
  /** Label `app` of the pods that are played. */
  readonly app: string;
  readonly runtime: PodRuntime;
  readonly coldStart: StagedStart;
  /** Seconds that a pod may drain. */
  readonly drainGrace: number;
  readonly seed: number;
}

export interface Pod extends KubeObject {
  readonly spec: { readonly nodeName?: string };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const LOOK_EVERY_MS = 200;
/** Everyone who scrapes by job shares the files, so agents keep one another's targets. */
const published = new Map<string, Map<string, readonly Target[]>>();

/**
 * Plays the kubelet's part for the pods of one Deployment: a pod that has a node goes through the phases of its cold start, kwok
 * makes it ready then, and from that moment its runtime serves and is scraped; a pod that is being deleted drains.
 */
export class PodAgent {
  readonly #options: AgentOptions;
  readonly #stop = new AbortController();
  readonly #starting = new Set<string>();
  readonly #serving = new Set<string>();
  readonly #draining = new Set<string>();
  readonly #work: Promise<unknown>[] = [];
  #pods = 0;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#work.push(this.#follow(), this.#look());
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#work);
    this.#publish({});
    await this.#releaseAll();
  }

  get #path(): string {
    return `/api/v1/namespaces/${this.#options.namespace}/pods`;
  }

  async #follow(): Promise<void> {
    const { kube, app } = this.#options;
    const query = `?watch=true&labelSelector=app%3D${app}`;
    await kube.watch<Pod>(`${this.#path}${query}`, (event) => this.#onEvent(event), this.#stop.signal);
  }

  #onEvent({ type, object }: WatchEvent<Pod>): void {
    const { runtime } = this.#options;
    const { name, deletionTimestamp } = object.metadata;
    if (type === 'DELETED') {
      runtime.remove(name);
      this.#publish(runtime.targets());
    } else if (deletionTimestamp !== undefined) this.#begin(this.#draining, name, () => this.#drain(name));
    else if (isReady(object)) this.#begin(this.#serving, name, () => this.#serve(name));
    else if (object.spec.nodeName !== undefined) this.#begin(this.#starting, name, () => this.#coldStart(name));
  }

  /** Does something for a pod, once. */
  #begin(done: Set<string>, name: string, act: () => Promise<void>): void {
    if (done.has(name)) return;
    done.add(name);
    // A pod may be gone before its turn comes; then there is nothing to be done for it.
    this.#work.push(act().catch(() => {}));
  }

  async #coldStart(name: string): Promise<void> {
    const { coldStart, seed } = this.#options;
    const rng = createRng(seed).stream(`pod/${this.#pods++}`);
    const { signal } = this.#stop;
    for (const phase of START_PHASES) {
      const law = coldStart.phases[phase];
      if (!law) continue;
      await this.#annotate(name, { [PHASE]: phase });
      await wait(1000 * drawDelay(law, rng.stream(phase)), undefined, { signal });
    }
    await this.#annotate(name, { [PHASE]: null, [READY]: 'true' });
  }

  async #serve(name: string): Promise<void> {
    const { runtime } = this.#options;
    await runtime.start(name);
    this.#publish(runtime.targets());
  }

  async #drain(name: string): Promise<void> {
    const { runtime, drainGrace } = this.#options;
    runtime.drain(name);
    const until = Date.now() + 1000 * drainGrace;
    while (!runtime.isEmpty(name) && Date.now() < until && !this.#stop.signal.aborted) await wait(LOOK_EVERY_MS);
    await this.#release(name);
  }

  async #look(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#options.runtime.advance();
      await wait(LOOK_EVERY_MS);
    }
  }

  async #annotate(name: string, annotations: Readonly<Record<string, string | null>>): Promise<void> {
    await this.#options.kube.patch(`${this.#path}/${name}`, { metadata: { annotations } });
  }

  async #release(name: string): Promise<void> {
    await this.#options.kube.patch(`${this.#path}/${name}`, { metadata: { finalizers: null } });
  }

  /** Without us, nobody would let go of them. */
  async #releaseAll(): Promise<void> {
    const pods = await this.#options.kube.list<Pod>(`${this.#path}?labelSelector=app%3D${this.#options.app}`);
    await Promise.allSettled(pods.map(({ metadata }) => this.#release(metadata.name)));
  }

  #publish(own: Readonly<Record<string, readonly Target[]>>): void {
    const { folder, namespace, app } = this.#options;
    for (const job of ['engine', 'dcgm']) {
      const all = published.get(job) ?? new Map<string, readonly Target[]>();
      published.set(job, all.set(`${namespace}/${app}`, own[job] ?? []));
      setTargets(folder, job, [...all.values()].flat());
    }
  }
}

export function isReady({ status }: Pick<Pod, 'status'>): boolean {
  return status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
}
