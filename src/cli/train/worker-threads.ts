import {
  createRolloutWorker,
  joinWorkers,
  type RolloutWorker,
  type RolloutWorkerOptions,
  scalingRows,
  shareOut,
} from '../../training/rollout-worker.js';
import { askThread } from '../ask-thread.js';
import { startThread } from '../start-thread.js';
import type { WorkerReply, WorkerRequest } from './worker-message.js';

/**
 * Environments over so many threads, each with its share; 1: this thread. What comes of them does not depend on how many there are.
 */
export async function openWorkers(threads: number, options: RolloutWorkerOptions): Promise<RolloutWorker> {
  if (threads === 1) return createRolloutWorker(options);
  const workers = shareOut(options.count, threads).map(({ first, count }) =>
    openThread({
      ...options,
      first,
      count,
      positions: options.positions?.slice(first, first + count),
    }),
  );
  return joinWorkers(await Promise.all(workers), scalingRows(options.isPrivileged));
}

async function openThread(options: RolloutWorkerOptions): Promise<RolloutWorker> {
  const thread = startThread(import.meta.url, 'worker');
  const ask = (request: WorkerRequest) => askThread<WorkerReply>(thread, request);
  await ask({ kind: 'open', options });
  return {
    async collect(actors, update) {
      const reply = await ask({ kind: 'collect', actors, update });
      if (reply.kind !== 'collected') throw new Error(`a worker answered ${reply.kind}`);
      return reply.collected;
    },
    async positions() {
      const reply = await ask({ kind: 'positions' });
      if (reply.kind !== 'positions') throw new Error(`a worker answered ${reply.kind}`);
      return reply.positions;
    },
    async close() {
      await thread.terminate();
    },
  };
}
