import type { Decision } from '../../decision/decision.js';
import type { Workload } from '../../decision/workload.js';
import type { GetMetricsResponse } from '../generated/externalscaler/GetMetricsResponse.js';
import { METRIC_NAME } from './get-metric-spec.js';

/**
 * A decision as the value that makes the HPA run it: D in both number fields (KEDA 2.8 to 2.16 read the integer only).
 * Under a default tolerance the HPA swallows small steps down, so D - 0.999 is sent then, which still rounds up to D.
 */
export function toMetrics(workload: Workload, decision: Decision): GetMetricsResponse {
  const { replicas, currentReplicas } = decision;
  const isNudged = workload.hpaTolerance > 0 && replicas < currentReplicas && replicas > 0;
  return {
    metricValues: [
      { metricName: METRIC_NAME, metricValue: replicas, metricValueFloat: isNudged ? replicas - 0.999 : replicas },
    ],
  };
}
