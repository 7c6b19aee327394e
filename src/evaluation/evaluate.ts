import { groupBy } from '../base/group-by.js';
import { keyOfRun, namesOf, type PlannedRun } from './planned-run.js';
import type { PlayRun } from './play-run.js';
import type { EvaluationRow } from './row.js';

export interface EvaluateOptions {
  readonly runs: readonly PlannedRun[];
  readonly play: PlayRun;
  /** How many runs `play` may be given at a time, >= 1. */
  readonly atOnce: number;
  /** Rows of earlier runs by key (`keyOfRun`): these are not played again. */
  readonly known?: ReadonlyMap<string, EvaluationRow>;
  /** Checksum of the learned policy, part of the key of its runs. */
  readonly model?: string;
  /** Told of a row that is new. */
  readonly onRow?: (row: EvaluationRow, key: string) => void;
  /** Told after each run that is done, or known; counts runs of `runs`. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * The rows of all runs, in their order, however many are played at a time; a run without requests gives none. Runs that cannot
 * differ, a law that is not told the price at several prices, are played once. Rejects as soon as a run does.
 */
export async function evaluate(options: EvaluateOptions): Promise<readonly EvaluationRow[]> {
  const { runs, play, atOnce, known, model, onRow, onProgress } = options;
  const groups = [...groupBy(runs, (run) => keyOfRun(run, model))];
  const rows = new Map<PlannedRun, EvaluationRow>();
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    for (let group = groups[next++]; group; group = groups[next++]) {
      const [key, same] = group;
      const row = known?.get(key) ?? (await play(same[0] as PlannedRun));
      if (row && !known?.has(key)) onRow?.(row, key);
      for (const run of same) if (row) rows.set(run, { ...row, ...namesOf(run) });
      done += same.length;
      onProgress?.(done, runs.length);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, atOnce) }, work));
  return runs.flatMap((run) => rows.get(run) ?? []);
}
