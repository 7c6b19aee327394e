import { counter, gauge } from './series.js';

/** kube-state-metrics 2.x, the families that tell how many replicas are wanted, there, ready and starting, and why not (Apache-2.0). */
export const KUBE = {
  specReplicas: gauge(['kube_deployment_spec_replicas'], 'Number of desired pods for a deployment.'),
  statusReplicas: gauge(['kube_deployment_status_replicas'], 'The number of replicas per deployment.'),
  readyReplicas: gauge(['kube_deployment_status_replicas_ready'], 'The number of ready replicas per deployment.'),
  podCreated: gauge(['kube_pod_created'], 'Unix creation timestamp'),
  podReady: gauge(['kube_pod_status_ready'], 'Describes whether the pod is ready to serve requests.'),
  podReadyTime: gauge(['kube_pod_status_ready_time'], 'Readiness achieved time in unix timestamp for a pod.'),
  podUnschedulable: gauge(['kube_pod_status_unschedulable'], 'Describes the unschedulable status for the pod.'),
  containerWaitingReason: gauge(
    ['kube_pod_container_status_waiting_reason'],
    'Describes the reason the container is currently in waiting state.',
  ),
  containerLastTerminatedReason: gauge(
    ['kube_pod_container_status_last_terminated_reason'],
    'Describes the last reason the container was in terminated state.',
  ),
  containerRestarts: counter(
    ['kube_pod_container_status_restarts_total'],
    'The number of container restarts per container.',
  ),
  hpaInfo: gauge(['kube_horizontalpodautoscaler_info'], 'Information about this autoscaler.'),
  hpaMinReplicas: gauge(
    ['kube_horizontalpodautoscaler_spec_min_replicas'],
    'Lower limit for the number of pods that can be set by the autoscaler, default 1.',
  ),
  hpaMaxReplicas: gauge(
    ['kube_horizontalpodautoscaler_spec_max_replicas'],
    'Upper limit for the number of pods that can be set by the autoscaler; cannot be smaller than MinReplicas.',
  ),
  hpaDesiredReplicas: gauge(
    ['kube_horizontalpodautoscaler_status_desired_replicas'],
    'Desired number of replicas of pods managed by this autoscaler.',
  ),
} as const;
