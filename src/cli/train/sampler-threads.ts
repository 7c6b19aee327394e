import type { Worker } from 'node:worker_threads';
import type { SampleSet } from '../../training/forecaster/samples.js';
import type { EpisodeSampler } from '../../training/forecaster/train-forecaster.js';
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
      const samples = await ask(thread, { data, seed, index });
      idle.push(thread);
      return samples;
    },
    async close() {
      await Promise.all(all.map((thread) => thread.terminate()));
    },
  };
}

function ask(thread: Worker, request: SampleRequest): Promise<SampleSet> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      thread.removeAllListeners('message').removeAllListeners('error');
      act();
    };
    thread.on('message', (reply: SampleReply) =>
      settle(() => ('problem' in reply ? reject(new Error(reply.problem)) : resolve(reply.samples))),
    );
    thread.on('error', (error: Error) => settle(() => reject(error)));
    thread.postMessage(request);
  });
}
