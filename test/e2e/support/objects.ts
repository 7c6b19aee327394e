import type { KubeObject } from './kube.js';
import { STUB_TOKEN } from './stub-scaler.js';

/** What differs between the workloads of a suite; the rest is the recommended ScaledObject. */
export interface ScaledOptions {
  readonly namespace: string;
  readonly name: string;
  readonly triggers: readonly object[];
  /** Fields of the ScaledObject's spec that replace the defaults below. */
  readonly spec?: Readonly<Record<string, unknown>>;
  /** `spec.advanced.horizontalPodAutoscalerConfig.behavior`; undefined leaves the HPA its own. */
  readonly behavior?: object | undefined;
  readonly annotations?: Readonly<Record<string, string>>;
}

export const POLL = 5;

/** Executes every decision at once: what only tests arithmetic does not wait for a window. */
export const EXACT_BEHAVIOR = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    tolerance: '0',
    selectPolicy: 'Max',
    policies: [{ type: 'Pods', value: 100, periodSeconds: 1 }],
  },
  scaleDown: {
    stabilizationWindowSeconds: 0,
    tolerance: '0',
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: 100, periodSeconds: 1 }],
  },
};

/** The behaviour that our examples set. */
export const RECOMMENDED = {
  scaleUp: { ...EXACT_BEHAVIOR.scaleUp, policies: [{ type: 'Pods', value: 64, periodSeconds: 15 }] },
  scaleDown: {
    ...EXACT_BEHAVIOR.scaleDown,
    stabilizationWindowSeconds: 120,
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
  },
};

export function scaledObject({
  namespace,
  name,
  triggers,
  spec,
  behavior,
  annotations = {},
}: ScaledOptions): KubeObject {
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name, namespace, annotations },
    spec: {
      scaleTargetRef: { name },
      pollingInterval: POLL,
      cooldownPeriod: 0,
      minReplicaCount: 1,
      maxReplicaCount: 100,
      ...(behavior ? { advanced: { horizontalPodAutoscalerConfig: { behavior } } } : {}),
      triggers,
      ...spec,
    },
  } as KubeObject;
}

export function externalTrigger(address: string, metadata: Readonly<Record<string, string>> = {}, type = 'external') {
  return {
    type,
    metricType: 'AverageValue',
    metadata: { scalerAddress: address, engine: 'vllm', slo: '2s', ...metadata },
  };
}

/** The second door, with the token of the TriggerAuthentication below. */
export function doorTrigger(url: string) {
  return {
    type: 'metrics-api',
    metricType: 'AverageValue',
    metadata: { url, format: 'json', valueLocation: 'value', targetValue: '1', authMode: 'bearer' },
    authenticationRef: { name: 'door' },
  };
}

export function doorAuthentication(namespace: string, token = STUB_TOKEN): readonly KubeObject[] {
  return [
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'door', namespace }, stringData: { token } } as KubeObject,
    {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'TriggerAuthentication',
      metadata: { name: 'door', namespace },
      spec: { secretTargetRef: [{ parameter: 'token', name: 'door', key: 'token' }] },
    } as KubeObject,
  ];
}

export interface DeploymentOptions {
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  /** GPUs of each pod; none leaves nodes without limits. */
  readonly gpus?: number;
  /** Only on the nodes of this pool, see kwok.ts. */
  readonly pool?: string;
}

export function deployment(options: DeploymentOptions): KubeObject {
  const { namespace, name, replicas, annotations = {}, labels = {}, finalizers, gpus, pool } = options;
  const limits = gpus === undefined ? {} : { resources: { limits: { 'nvidia.com/gpu': String(gpus) } } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name, ...labels }, annotations, ...(finalizers ? { finalizers } : {}) },
        spec: {
          terminationGracePeriodSeconds: 1,
          ...(pool === undefined ? {} : onlyOn(pool)),
          containers: [{ name: 'engine', image: 'engine', ...limits }],
        },
      },
    },
  } as KubeObject;
}

function onlyOn(pool: string): object {
  return { nodeSelector: { pool }, tolerations: [{ key: 'pool', operator: 'Exists' }] };
}

/** Pods are ready this long after they are on their node; kwok takes the jitter for the delay unless it is longer. */
export function readyAfter(seconds: number): Readonly<Record<string, string>> {
  const prefix = 'stage.kwok.x-k8s.io';
  return {
    [`pod-create.${prefix}/delay`]: '0s',
    [`pod-create.${prefix}/jitter-delay`]: '10ms',
    [`pod-ready.${prefix}/delay`]: `${seconds}s`,
    [`pod-ready.${prefix}/jitter-delay`]: `${seconds + 0.01}s`,
  };
}
