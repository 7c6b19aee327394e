import type { VllmProfile } from '../../decision/serving-profile.js';
import { VLLM } from '../../engines/vllm.js';
import type { Replica } from '../replica/replica.js';
import { family, histogramFamily, type MetricFamily, single } from './exposition.js';

/** Every way a request can end in vLLM; ours all stop by themselves. */
const FINISHED_REASONS = ['stop', 'length', 'abort', 'error', 'repetition'];

/** What vLLM's /metrics would show of this replica, under the newest names, without what KISim does not model. */
export function vllmFamilies(replica: Replica, modelName: string, profile: VllmProfile): readonly MetricFamily[] {
  const labels = { engine: '0', model_name: modelName };
  const { counters, waiting, running, kvUsage } = replica;
  return [
    single(VLLM.running, labels, running),
    single(VLLM.waiting, labels, waiting),
    family(VLLM.waitingByReason, [
      [{ ...labels, reason: 'capacity' }, waiting],
      [{ ...labels, reason: 'deferred' }, 0],
    ]),
    single(VLLM.kvUsage, labels, kvUsage),
    single(VLLM.preemptions, labels, counters.preemptions),
    single(VLLM.promptTokens, labels, counters.promptTokens),
    single(VLLM.generationTokens, labels, counters.generationTokens),
    family(
      VLLM.finished,
      FINISHED_REASONS.map((reason) => [
        { ...labels, finished_reason: reason },
        reason === 'stop' ? counters.finished - counters.aborted : reason === 'abort' ? counters.aborted : 0,
      ]),
    ),
    histogramFamily(VLLM.ttft, labels, { counts: counters.ttftBuckets, sum: counters.ttftSum }),
    histogramFamily(VLLM.e2e, labels, { counts: counters.e2eBuckets, sum: counters.e2eSum }),
    single(VLLM.cacheConfig, cacheLabels(profile), 1),
  ];
}

/** Capacity sits in labels, and there is no model_name among them, as in vLLM. */
function cacheLabels({ blockSize, kvCapacity }: VllmProfile): Readonly<Record<string, string>> {
  const blocks = Math.floor(kvCapacity / blockSize) + 1;
  return { block_size: String(blockSize), engine: '0', num_gpu_blocks: String(blocks) };
}
