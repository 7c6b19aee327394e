import type { GetMetricSpecResponse } from '../generated/externalscaler/GetMetricSpecResponse.js';

/** The one metric of every trigger. KEDA prefixes it with `s<index>-` towards the HPA and strips that before it calls us. */
export const METRIC_NAME = 'kiscaler-replicas';

/** Target 1 for a value in replicas: the HPA then divides by 1 and runs exactly what was decided. It never changes. */
export const METRIC_SPEC: GetMetricSpecResponse = {
  metricSpecs: [{ metricName: METRIC_NAME, targetSize: 1, targetSizeFloat: 1 }],
};
