import type { EpisodeSampler } from '../../training/forecaster/train-forecaster.js';
import { askThread } from '../ask-thread.js';
import { startThread } from '../start-thread.js';
import type { SampleReply, SampleRequest } from './sampler-message.js';

/** So many threads that play episodes, each one at a time; as many may be asked for at a time as there are threads. */
export interface SamplerThreads {
  readonly sample: EpisodeSampler;
  close(): Promise<void>;
}

export function openSamplers(threads: number, data: string | undefined, seed: number): SamplerThreads {
  const all = Array.from({ length: threads }, () => startThread(import.meta.url, 'sampler'));
  const idle = [...all];
  return {
    async sample(index) {
      const thread = idle.pop();
      if (!thread) throw new Error(`more than ${threads} episodes at a time`);
      const request: SampleRequest = { data, seed, index };
      const { samples } = await askThread<SampleReply>(thread, request);
      idle.push(thread);
      return samples;
    },
    async close() {
      await Promise.all(all.map((thread) => thread.terminate()));
    },
  };
}
