import { counter, gauge, histogram, type Series, summary } from './series.js';

const latencySummary = (part: string, help: string): Series => summary([`nv_inference_${part}_summary_us`], help);

/**
 * NVIDIA Triton Inference Server. Labels: model, version (and `reason` of failures), and what the scrape adds (namespace, pod);
 * GPU series have gpu_uuid. Times in microseconds, counters without `_total`. Summaries need `--metrics-config
 * summary_latencies=true`; the histogram needs 2.52, `histogram_latencies=true` and a decoupled model. Refusals by a full queue
 * are in no series. Source: a scrape of 2.51.0; GPU series and the histogram from its documentation (BSD-3-Clause).
 */
export const TRITON = {
  success: counter(['nv_inference_request_success'], 'Number of successful inference requests, all batch sizes'),
  /** One series for each of TRITON_FAILURES. */
  failure: counter(['nv_inference_request_failure'], 'Number of failed inference requests, all batch sizes'),
  inferences: counter(['nv_inference_count'], 'Number of inferences performed (does not include cached requests)'),
  executions: counter(
    ['nv_inference_exec_count'],
    'Number of model executions performed (does not include cached requests)',
  ),
  requestDuration: counter(
    ['nv_inference_request_duration_us'],
    'Cumulative inference request duration in microseconds (includes cached requests)',
  ),
  queueDuration: counter(
    ['nv_inference_queue_duration_us'],
    'Cumulative inference queuing duration in microseconds (includes cached requests)',
  ),
  computeInputDuration: counter(
    ['nv_inference_compute_input_duration_us'],
    'Cumulative compute input duration in microseconds (does not include cached requests)',
  ),
  computeInferDuration: counter(
    ['nv_inference_compute_infer_duration_us'],
    'Cumulative compute inference duration in microseconds (does not include cached requests)',
  ),
  computeOutputDuration: counter(
    ['nv_inference_compute_output_duration_us'],
    'Cumulative inference compute output duration in microseconds (does not include cached requests)',
  ),
  /** Ends like a histogram's count and is a gauge. Requests whose execution has not begun, in ready batches too. */
  pending: gauge(
    ['nv_inference_pending_request_count'],
    'Instantaneous number of pending requests awaiting execution per-model.',
  ),
  requestSummary: latencySummary(
    'request',
    'Summary of inference request duration in microseconds (includes cached requests)',
  ),
  queueSummary: latencySummary(
    'queue',
    'Summary of inference queuing duration in microseconds (includes cached requests)',
  ),
  computeInferSummary: latencySummary(
    'compute_infer',
    'Cumulative compute inference duration in microseconds (does not include cached requests)',
  ),
  firstResponse: histogram(
    ['nv_inference_first_response_histogram_ms'],
    [100, 500, 2000, 5000],
    'Duration from request to first response in milliseconds',
  ),
  /** 0 to 1, where DCGM has 0 to 100. */
  gpuUtilization: gauge(['nv_gpu_utilization'], 'GPU utilization rate [0.0 - 1.0)'),
  gpuMemoryTotal: gauge(['nv_gpu_memory_total_bytes'], 'GPU total memory, in bytes'),
  gpuMemoryUsed: gauge(['nv_gpu_memory_used_bytes'], 'GPU used memory, in bytes'),
} as const;

/** Reasons of nv_inference_request_failure, in the order of a scrape. */
export const TRITON_FAILURES = ['OTHER', 'BACKEND', 'CANCELED', 'REJECTED'] as const;

/** Quantiles of its summaries, and the window over which they are taken: five slices of twelve seconds. */
export const TRITON_QUANTILES = [0.5, 0.9, 0.95, 0.99, 0.999] as const;
export const TRITON_SUMMARY = { slices: 5, sliceSeconds: 12 } as const;
