import { counter, gauge, histogram } from './series.js';

/** Bounds of vllm:time_to_first_token_seconds (0.8.5 to 0.33.0). */
const TTFT_BOUNDS = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
];

/** Bounds of vllm:e2e_request_latency_seconds and of the other times of a request. */
const REQUEST_BOUNDS = [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680];

/**
 * vLLM (V1 engine). Labels: model_name, engine (data-parallel rank), and what the scrape adds (namespace, pod).
 * Source: names and bounds read from the released wheels 0.8.5 to 0.33.0 (Apache-2.0).
 */
export const VLLM = {
  waiting: gauge(['vllm:num_requests_waiting'], 'Number of requests waiting to be processed.'),
  /** Since 0.20 to 0.24, with reason="capacity" or "deferred"; only capacity is congestion. */
  waitingByReason: gauge(['vllm:num_requests_waiting_by_reason'], 'Number of waiting requests by reason.'),
  running: gauge(['vllm:num_requests_running'], 'Number of requests in model execution batches.'),
  kvUsage: gauge(
    ['vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc'],
    'KV-cache usage. 1 means 100 percent usage.',
  ),
  cacheConfig: gauge(['vllm:cache_config_info'], 'Information of the LLMEngine CacheConfig.'),
  preemptions: counter(['vllm:num_preemptions_total'], 'Cumulative number of preemptions from the engine.'),
  promptTokens: counter(['vllm:prompt_tokens_total'], 'Number of prefill tokens processed.'),
  generationTokens: counter(['vllm:generation_tokens_total'], 'Number of generation tokens processed.'),
  finished: counter(['vllm:request_success_total'], 'Count of successfully processed requests.'),
  ttft: histogram(['vllm:time_to_first_token_seconds'], TTFT_BOUNDS, 'Histogram of time to first token in seconds.'),
  e2e: histogram(['vllm:e2e_request_latency_seconds'], REQUEST_BOUNDS, 'Histogram of e2e request latency in seconds.'),
} as const;

/** Bounds that the latency of an objective is exported with. */
export const VLLM_LATENCY_BOUNDS = { ttft: TTFT_BOUNDS, e2e: REQUEST_BOUNDS } as const;
