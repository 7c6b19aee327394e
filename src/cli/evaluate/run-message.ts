import type { PlannedRun } from '../../evaluation/planned-run.js';
import type { EvaluationRow } from '../../evaluation/row.js';

/** What a worker is asked. */
export interface RunRequest {
  readonly id: number;
  readonly run: PlannedRun;
}

/** What it answers: a row, none because no request came, or why the run cannot be. */
export type RunReply =
  | { readonly id: number; readonly row: EvaluationRow | undefined }
  | { readonly id: number; readonly problem: string; readonly isUsersError: boolean };
