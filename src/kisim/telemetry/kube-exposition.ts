import type { Replicas, Seconds } from '../../base/units.js';
import type { Bounds } from '../../decision/workload.js';
import { KUBE } from '../../engines/kube-state-metrics.js';
import { gauge } from '../../engines/series.js';
import type { Pod } from '../fleet/pod.js';
import { family, type MetricFamily, single } from './exposition.js';

export interface KubeOptions {
  readonly namespace: string;
  readonly deployment: string;
  readonly scaledObject: string;
  readonly bounds: Bounds;
  /** Unix seconds at which the simulated time is 0. */
  readonly epoch: Seconds;
  /** Simulated seconds per second of whoever reads the clock times; default 1. */
  readonly speed?: number;
}

/** Pods of a workload are found by ownership, not by a pattern of names. */
const POD_OWNER = gauge(['kube_pod_owner'], "Information about the Pod's owner.");
const REPLICA_SET_OWNER = gauge(['kube_replicaset_owner'], "Information about the ReplicaSet's owner.");

type Sample = readonly [Readonly<Record<string, string>>, number];

/** Name of a pod as its ReplicaSet would have made it. */
export function podName(deployment: string, pod: Pod): string {
  return `${replicaSetName(deployment)}-${pod.ordinal}`;
}

function replicaSetName(deployment: string): string {
  return `${deployment}-kisim`;
}

/** What kube-state-metrics 2.20 would show of the Deployment, its ReplicaSet, its pods and the HPA that KEDA made for it. */
export function kubeFamilies(spec: Replicas, pods: readonly Pod[], options: KubeOptions): readonly MetricFamily[] {
  return [...deploymentFamilies(spec, pods, options), ...podFamilies(pods, options), ...hpaFamilies(spec, options)];
}

function deploymentFamilies(spec: Replicas, pods: readonly Pod[], options: KubeOptions): readonly MetricFamily[] {
  const { namespace, deployment } = options;
  const labels = { namespace, deployment };
  const owner = {
    namespace,
    replicaset: replicaSetName(deployment),
    owner_kind: 'Deployment',
    owner_name: deployment,
    owner_is_controller: 'true',
  };
  return [
    single(KUBE.specReplicas, labels, spec),
    single(KUBE.statusReplicas, labels, countActive(pods)),
    single(REPLICA_SET_OWNER, owner, 1),
    single(KUBE.readyReplicas, labels, pods.filter(({ phase }) => phase === 'ready').length),
  ];
}

type Each = (of: (pod: Pod, labels: Readonly<Record<string, string>>) => readonly Sample[]) => readonly Sample[];

/** The one container of each pod that runs or has run; reasons only where there is one, as kube-state-metrics shows them. */
function containerFamilies(each: Each): readonly MetricFamily[] {
  const named = (labels: Readonly<Record<string, string>>) => ({ ...labels, container: 'engine' });
  return [
    family(
      KUBE.containerRestarts,
      each(({ node, restarts, startPhase }, labels) => {
        const isBound = node !== undefined || (startPhase !== 'schedule' && startPhase !== 'node');
        return isBound ? [[named(labels), restarts]] : [];
      }),
    ),
    family(
      KUBE.containerWaitingReason,
      each((pod, labels) => {
        const reason = waitingReasonOf(pod);
        return reason === undefined ? [] : [[{ ...named(labels), reason }, 1]];
      }),
    ),
    family(
      KUBE.containerLastTerminatedReason,
      each(({ lastTerminated: reason }, labels) => (reason ? [[{ ...named(labels), reason }, 1]] : [])),
    ),
  ];
}

/** A container waits while its image is pulled, and between a crash and its restart. */
function waitingReasonOf({ phase, startPhase, waitingReason }: Pod): string | undefined {
  if (waitingReason === 'CrashLoopBackOff') return waitingReason;
  return phase === 'starting' && startPhase === 'image' ? 'ContainerCreating' : undefined;
}

function podFamilies(pods: readonly Pod[], options: KubeOptions): readonly MetricFamily[] {
  const { namespace, deployment, epoch, speed = 1 } = options;
  const each: Each = (of) =>
    pods.flatMap((pod) => of(pod, { namespace, pod: podName(deployment, pod), uid: `kisim-${pod.ordinal}` }));
  const readiness = (pod: Pod, labels: Readonly<Record<string, string>>): readonly Sample[] => {
    // A terminating pod answers its readiness probe until it stops: it stays ready, though no endpoint any more.
    const state = pod.phase === 'starting' ? 'false' : 'true';
    return ['true', 'false', 'unknown'].map((condition) => [{ ...labels, condition }, condition === state ? 1 : 0]);
  };
  const owner = { owner_kind: 'ReplicaSet', owner_name: replicaSetName(deployment), owner_is_controller: 'true' };
  return [
    family(
      POD_OWNER,
      each((_, labels) => [[{ ...labels, ...owner }, 1]]),
    ),
    family(
      KUBE.podCreated,
      each((pod, labels) => [[labels, epoch + pod.createdAt / speed]]),
    ),
    family(KUBE.podReady, each(readiness)),
    family(
      KUBE.podReadyTime,
      each((pod, labels) => (pod.phase === 'starting' ? [] : [[labels, epoch + pod.readyAt / speed]])),
    ),
    family(
      KUBE.podUnschedulable,
      each(({ waitingReason }, labels) => (waitingReason === 'Unschedulable' ? [[labels, 1]] : [])),
    ),
    ...containerFamilies(each),
  ];
}

/** KEDA names its HPA keda-hpa-NAME; a ScaledObject with minimum 0 shows 1 there. */
function hpaFamilies(spec: Replicas, options: KubeOptions): readonly MetricFamily[] {
  const { namespace, deployment, scaledObject, bounds } = options;
  const labels = { namespace, horizontalpodautoscaler: `keda-hpa-${scaledObject}` };
  const target = {
    scaletargetref_api_version: 'apps/v1',
    scaletargetref_kind: 'Deployment',
    scaletargetref_name: deployment,
  };
  return [
    single(KUBE.hpaInfo, { ...labels, ...target }, 1),
    single(KUBE.hpaMinReplicas, labels, Math.max(1, bounds.minReplicas)),
    single(KUBE.hpaMaxReplicas, labels, bounds.maxReplicas),
    single(KUBE.hpaDesiredReplicas, labels, spec),
  ];
}

/** Terminating pods are not in a Deployment's status. */
function countActive(pods: readonly Pod[]): Replicas {
  return pods.filter(({ phase }) => phase === 'starting' || phase === 'ready').length;
}
