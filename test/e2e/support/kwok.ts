import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BIN, SHARE } from './folders.js';
import type { Kube, KubeObject } from './kube.js';
import type { Processes } from './processes.js';

export interface KwokOptions {
  readonly folder: string;
  readonly kubeconfig: string;
  readonly kube: Kube;
  readonly port: number;
  /** Fake nodes of eight GPUs each. */
  readonly nodes: number;
}

/** On a pod: kwok leaves its readiness to whoever sets {@link READY}. */
export const DRIVEN = 'e2e.kiscaler/driven';
/** On such a pod: it is ready from now on. */
export const READY = 'e2e.kiscaler/ready';

const GPUS_PER_NODE = 8;

/** Starts kwok with its own stages for nodes and pods, and makes fake GPU nodes. */
export async function startKwok(processes: Processes, options: KwokOptions): Promise<void> {
  const stages = join(options.folder, 'stages.yaml');
  writeFileSync(stages, readStages());
  await processes.start({
    name: 'kwok',
    command: join(BIN, 'kwok'),
    args: [
      `--kubeconfig=${options.kubeconfig}`,
      '--manage-all-nodes=true',
      '--cidr=10.0.0.0/16',
      '--node-ip=10.0.0.1',
      '--node-lease-duration-seconds=40',
      `--server-address=127.0.0.1:${options.port}`,
      `--config=${stages}`,
    ],
  });
  for (let i = 0; i < options.nodes; i++) await options.kube.apply(gpuNode(`gpu-${i}`));
}

/**
 * Nodes at once and with heartbeats, pods by the general stages; but where a pod is driven, the waits of the general stages
 * (1 to 5 s each, by chance) give way to the annotation.
 */
function readStages(): string {
  const folder = join(SHARE, 'kwok');
  const pods = readdirSync(join(folder, 'pod/general'))
    .filter((file) => file.startsWith('pod-') && file !== 'pod-ready.yaml')
    .map((file) => `pod/general/${file}`);
  const nodes = ['node/fast/node-initialize.yaml', 'node/heartbeat-with-lease/node-heartbeat-with-lease.yaml'];
  const texts = [...nodes, ...pods].map((file) => readFileSync(join(folder, file), 'utf8'));
  const ready = readFileSync(join(folder, 'pod/general/pod-ready.yaml'), 'utf8');
  return [...texts, withCondition(ready, 'pod-ready', 'DoesNotExist', DRIVEN), driven(ready)].join('\n---\n');
}

function driven(ready: string): string {
  return withCondition(ready, 'pod-ready-driven', 'Exists', READY).replaceAll(/(urationMilliseconds): \d+/g, '$1: 0');
}

/** The stage under another name and with one more condition on the pod's annotations. */
function withCondition(stage: string, name: string, operator: string, annotation: string): string {
  const condition = `    - key: '.metadata.annotations["${annotation}"]'\n      operator: '${operator}'\n`;
  return stage
    .replace(/^ {2}name: pod-ready$/m, `  name: ${name}`)
    .replace(/^ {4}matchExpressions:\n/m, (line) => line + condition);
}

/** A node of eight GPUs; one of a pool is for the pods of that pool alone. */
export function gpuNode(name: string, pool?: string): KubeObject {
  const capacity = { cpu: '64', memory: '512Gi', pods: '110', 'nvidia.com/gpu': String(GPUS_PER_NODE) };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { gpu: 'h100', ...(pool === undefined ? {} : { pool }) },
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
    },
    ...(pool === undefined ? {} : { spec: { taints: [{ key: 'pool', value: pool, effect: 'NoSchedule' }] } }),
    status: { allocatable: capacity, capacity },
  } as KubeObject;
}
