import { ScenarioError } from '../../scenarios/scenario-error.js';

/** What went wrong is the user's to put right; the message says where. The command ends with exit code 2. */
export class UsageError extends Error {}

/** Also a file that cannot be opened and a scenario that cannot be played are the user's to put right. */
export function isUsersError(error: unknown): error is Error {
  return error instanceof UsageError || error instanceof ScenarioError || isFileError(error);
}

export function isFileError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}
