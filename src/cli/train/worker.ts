import { parentPort } from 'node:worker_threads';
import { createRolloutWorker, type RolloutWorker } from '../../training/rollout-worker.js';
import type { WorkerReply, WorkerRequest } from './worker-message.js';

/** A thread that plays environments. */
let worker: RolloutWorker | undefined;

parentPort?.on('message', async (request: WorkerRequest) => {
  parentPort?.postMessage(await answer(request));
});

async function answer(request: WorkerRequest): Promise<WorkerReply> {
  try {
    if (request.kind === 'open') {
      worker = createRolloutWorker(request.options);
      return { kind: 'opened' };
    }
    if (!worker) throw new Error('a worker was asked before it was opened');
    if (request.kind === 'positions') return { kind: 'positions', positions: await worker.positions() };
    return { kind: 'collected', collected: await worker.collect(request.actors, request.update) };
  } catch (error) {
    return { kind: 'problem', problem: error instanceof Error ? error.message : String(error) };
  }
}
