import { setTimeout as wait } from 'node:timers/promises';
import type { Bed } from './bed.js';
import { namespace } from './keda.js';
import { type Kube, KubeError, type KubeObject } from './kube.js';
import { type DeploymentOptions, deployment, type ScaledOptions, scaledObject } from './objects.js';

export interface DeploymentState {
  readonly spec: { readonly replicas: number };
  readonly status: { readonly replicas?: number; readonly readyReplicas?: number; readonly updatedReplicas?: number };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

interface ScaledObjectState {
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly health?: Readonly<Record<string, { readonly numberOfFailures?: number; readonly status?: string }>>;
  };
}

export interface HpaState {
  readonly metadata: { readonly uid: string };
  readonly spec: {
    readonly minReplicas?: number;
    readonly maxReplicas: number;
    readonly metrics?: readonly { readonly type: string; readonly external?: { metric: { name: string } } }[];
    readonly behavior?: Readonly<Record<'scaleUp' | 'scaleDown', { readonly selectPolicy?: string } | undefined>>;
  };
}

/** A namespace of its own for one story, and the questions that stories ask. Times in seconds. */
export class Scene {
  readonly bed: Bed;
  readonly namespace: string;
  readonly kube: Kube;
  /** What was measured, for the summary. */
  readonly notes: string[] = [];
  readonly #cleanUp: (() => Promise<unknown> | unknown)[] = [];

  private constructor(bed: Bed, name: string) {
    this.bed = bed;
    this.namespace = name;
    this.kube = bed.kube;
  }

  static async open(bed: Bed, name: string): Promise<Scene> {
    const scene = new Scene(bed, name);
    await scene.kube.apply(namespace(name));
    return scene;
  }

  note(text: string): void {
    this.notes.push(text);
  }

  /** Done when the story has ended, latest first. */
  after(action: () => Promise<unknown> | unknown): void {
    this.#cleanUp.push(action);
  }

  async close(): Promise<void> {
    for (const action of this.#cleanUp.reverse()) await action();
    await this.kube.delete(`/api/v1/namespaces/${this.namespace}`);
  }

  /** A Deployment and its ScaledObject under one name, with the HPA that KEDA makes for it. */
  async scale(...[options, pods]: Parameters<Scene['put']>): Promise<void> {
    await this.put(options, pods);
    const { length } = options.triggers;
    await this.until(`${options.name}: an HPA with a metric for each trigger`, 120, async () => {
      return (await this.hpaMetrics(options.name))?.length === length;
    });
  }

  /** The same without waiting for KEDA. */
  async put(
    options: Omit<ScaledOptions, 'namespace'>,
    pods: Partial<Omit<DeploymentOptions, 'namespace' | 'name'>> = {},
  ): Promise<void> {
    const { namespace: space } = this;
    await this.kube.apply(deployment({ replicas: 1, ...pods, namespace: space, name: options.name }));
    await this.kube.apply(scaledObject({ ...options, namespace: space }));
  }

  async apply(...objects: readonly KubeObject[]): Promise<void> {
    for (const object of objects) await this.kube.apply(object);
  }

  path(kind: 'deployments' | 'scaledobjects' | 'horizontalpodautoscalers', name: string): string {
    const group = {
      deployments: 'apps/v1',
      scaledobjects: 'keda.sh/v1alpha1',
      horizontalpodautoscalers: 'autoscaling/v2',
    };
    return `/apis/${group[kind]}/namespaces/${this.namespace}/${kind}/${name}`;
  }

  deployment(name: string): Promise<DeploymentState> {
    return this.kube.get(this.path('deployments', name));
  }

  async replicas(name: string): Promise<number> {
    return (await this.deployment(name)).spec.replicas;
  }

  async condition(name: string, type: string): Promise<Condition | undefined> {
    const { status } = await this.kube.get<ScaledObjectState>(this.path('scaledobjects', name));
    return status?.conditions?.find((condition) => condition.type === type);
  }

  /** Failures in a row that KEDA has counted, of all metrics of a ScaledObject. */
  async failures(name: string): Promise<number> {
    const { status } = await this.kube.get<ScaledObjectState>(this.path('scaledobjects', name));
    return Object.values(status?.health ?? {}).reduce((sum, { numberOfFailures = 0 }) => sum + numberOfFailures, 0);
  }

  /** Sets annotations of a ScaledObject; null takes one away. */
  async annotate(name: string, annotations: Readonly<Record<string, string | null>>): Promise<void> {
    await this.kube.patch(this.path('scaledobjects', name), { metadata: { annotations } });
  }

  /** Names of the external metrics of the HPA that KEDA made; undefined where there is none yet. */
  async hpaMetrics(name: string): Promise<readonly string[] | undefined> {
    const hpa = await this.hpa(`keda-hpa-${name}`);
    return hpa && (hpa.spec.metrics ?? []).map(({ type, external }) => external?.metric.name ?? type);
  }

  /** Undefined where there is none. */
  async hpa(name: string): Promise<HpaState | undefined> {
    try {
      return await this.kube.get<HpaState>(this.path('horizontalpodautoscalers', name));
    } catch (cause) {
      if (cause instanceof KubeError && cause.status === 404) return undefined;
      throw cause;
    }
  }

  /** Waits until spec.replicas is that many; gives the seconds it took. Fails with what it was instead. */
  async reaches(name: string, replicas: number, within: number): Promise<number> {
    return this.until(`${name} has ${replicas} replicas`, within, async () => {
      const found = await this.replicas(name);
      return found === replicas || `has ${found}`;
    });
  }

  /** Watches for so many seconds that spec.replicas stays what it is said to be. */
  async stays(name: string, replicas: number, seconds: number): Promise<void> {
    const until = Date.now() + 1000 * seconds;
    while (Date.now() < until) {
      const found = await this.replicas(name);
      if (found !== replicas) throw new Error(`${name} should stay at ${replicas} for ${seconds} s, but has ${found}`);
      await wait(250);
    }
  }

  /** Asks every quarter of a second until the answer is true; a text says what is there instead. Gives the seconds it took. */
  async until(what: string, within: number, isSo: () => Promise<boolean | string>): Promise<number> {
    const started = Date.now();
    for (;;) {
      const answer = await isSo();
      const seconds = (Date.now() - started) / 1000;
      if (answer === true) return seconds;
      if (seconds > within) throw new Error(`${what}: not after ${within} s${answer === false ? '' : `: ${answer}`}`);
      await wait(250);
    }
  }
}
