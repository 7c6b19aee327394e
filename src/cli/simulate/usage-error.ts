/** What went wrong is the user's to put right; the message says where. The command ends with exit code 2. */
export class UsageError extends Error {}

/** Also a file that cannot be opened is the user's to put right. */
export function isUsersError(error: unknown): error is Error {
  return error instanceof UsageError || isFileError(error);
}

export function isFileError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}
