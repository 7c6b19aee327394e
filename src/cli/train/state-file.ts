import { existsSync, readFileSync } from 'node:fs';
import { formatState, parseState, type TrainingState } from '../../training/training-state.js';
import { openOutputFile } from '../output-file.js';
import { UsageError } from '../simulate/usage-error.js';

/** The file that a training goes on from. */
export interface StateFile {
  /** What it held; undefined: the training begins. */
  readonly state: TrainingState | undefined;
  /** Keeps a state, at most one a minute unless it is the last. */
  keep(state: () => Promise<TrainingState>, isLast: boolean): Promise<void>;
}

/** Seconds between two states: what a kill may cost. */
const INTERVAL = 60;

/**
 * Opens the file; without one nothing is kept. Throws UsageError where it holds something else.
 * @param training what is asked for: the state of another training is refused
 */
export function openStateFile(
  path: string | undefined,
  training: string,
  now: () => number = () => Date.now() / 1000,
): StateFile {
  if (path === undefined) return { state: undefined, keep: async () => {} };
  const state = existsSync(path) ? read(path, training) : undefined;
  let last = now();
  return {
    state,
    async keep(current, isLast) {
      if (!isLast && now() - last < INTERVAL) return;
      last = now();
      const file = openOutputFile(path);
      file.write(formatState(training, await current()));
      file.finish();
    },
  };
}

function read(path: string, training: string): TrainingState {
  const parsed = parseState(training, readFileSync(path, 'utf8'));
  if (!parsed.ok) throw new UsageError(`--resume ${path}: ${parsed.error}`);
  return parsed.value;
}
