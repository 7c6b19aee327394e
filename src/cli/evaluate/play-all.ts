import { availableParallelism } from 'node:os';
import { evaluate } from '../../evaluation/evaluate.js';
import type { PlannedRun } from '../../evaluation/planned-run.js';
import { createPlayer } from '../../evaluation/play-run.js';
import type { EvaluationRow } from '../../evaluation/row.js';
import { loadLearned } from '../learned.js';
import { openRowLog } from './row-log.js';
import { createRunProgress } from './run-progress.js';
import { openWorkerPool, type WorkerPool } from './worker-pool.js';

export interface PlayAllOptions {
  /** The command that is waited for; absent: no progress is shown. */
  readonly name?: string;
  /** Threads; 1: this one. */
  readonly workers?: number | undefined;
  /** File of finished runs. */
  readonly resume?: string | undefined;
  /** Checksum of the learned policy, where one is played. */
  readonly model?: string | undefined;
}

/** Plays runs over all cores, or so many threads; rows come in the order of the runs and do not depend on the threads. */
export type PlayAll = (runs: readonly PlannedRun[]) => Promise<readonly EvaluationRow[]>;

/** Lets `use` play runs, batch after batch, and ends the threads after that. */
export async function withPlayers<T>(options: PlayAllOptions, use: (playAll: PlayAll) => Promise<T>): Promise<T> {
  const { name, workers = availableParallelism(), resume, model } = options;
  const log = openRowLog(resume);
  let pool: WorkerPool | undefined;
  const playAll: PlayAll = async (runs) => {
    if (workers > 1) pool ??= openWorkerPool(workers);
    const progress = name === undefined ? undefined : createRunProgress(name);
    try {
      return await evaluate({
        runs,
        play: pool?.play ?? createPlayer(loadLearned),
        atOnce: workers,
        known: log.known,
        ...(model === undefined ? {} : { model }),
        onRow: (row, key) => log.add(row, key),
        onProgress: (done, total) => progress?.at(done, total),
      });
    } finally {
      progress?.stop();
    }
  };
  try {
    return await use(playAll);
  } finally {
    await pool?.close();
  }
}
