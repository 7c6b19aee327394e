import { parentPort } from 'node:worker_threads';
import { createPlayer } from '../../evaluation/play-run.js';
import { loadLearned } from '../learned.js';
import type { RunReply, RunRequest } from './run-message.js';
import { isUsersError } from './users-error.js';

/** A thread that plays runs, one at a time. */
const play = createPlayer(loadLearned);

parentPort?.on('message', async ({ id, run }: RunRequest) => {
  parentPort?.postMessage(await answer(id, run));
});

async function answer(id: number, run: RunRequest['run']): Promise<RunReply> {
  try {
    return { id, row: await play(run) };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { id, problem, isUsersError: isUsersError(error) };
  }
}
