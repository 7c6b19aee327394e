import type { Kube, KubeObject } from './kube.js';
import { ReplicaSeries } from './replica-series.js';

const GROUP = 'e2e.kiscaler';
const VERSION = 'v1';

/**
 * A kind that can be scaled and has no pods: its status is what its spec says, a moment later. Where only the arithmetic of KEDA
 * and the HPA is compared, eighty of them cost what one Deployment of forty pods does.
 */
export const FLEET_KIND = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `fleets.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: { kind: 'Fleet', plural: 'fleets', singular: 'fleet', listKind: 'FleetList' },
    versions: [
      {
        name: VERSION,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        subresources: {
          status: {},
          scale: {
            specReplicasPath: '.spec.replicas',
            statusReplicasPath: '.status.replicas',
            labelSelectorPath: '.status.selector',
          },
        },
      },
    ],
  },
} as KubeObject;

export function fleetTarget(name: string): object {
  return { apiVersion: `${GROUP}/${VERSION}`, kind: 'Fleet', name };
}

function pathOf(namespace: string): string {
  return `/apis/${GROUP}/${VERSION}/namespaces/${namespace}/fleets`;
}

/** The fleets of a namespace: keeps the status of each, and what their counts were when. */
export class Fleets {
  readonly series: ReplicaSeries;
  readonly #kube: Kube;
  readonly #namespace: string;
  readonly #work = new Set<Promise<unknown>>();

  constructor(kube: Kube, namespace: string) {
    this.#kube = kube;
    this.#namespace = namespace;
    this.series = new ReplicaSeries(kube, pathOf(namespace), (name, { spec, status }) => {
      if (spec !== status) this.#follow(name, spec);
    });
  }

  async add(name: string, replicas: number): Promise<void> {
    await this.#kube.apply({
      apiVersion: `${GROUP}/${VERSION}`,
      kind: 'Fleet',
      metadata: { name, namespace: this.#namespace },
      spec: { replicas },
    } as KubeObject);
  }

  async stop(): Promise<void> {
    await this.series.stop();
    await Promise.allSettled(this.#work);
  }

  #follow(name: string, replicas: number): void {
    const path = `${pathOf(this.#namespace)}/${name}/status`;
    const patched = this.#kube.patch(path, { status: { replicas, selector: `fleet=${name}` } });
    this.#work.add(patched);
    // One that was deleted meanwhile needs no status.
    void patched.catch(() => {}).finally(() => this.#work.delete(patched));
  }
}
