import { type DestinationStream, type Logger, pino } from 'pino';

/** Fields that may appear in a log line; everything else is dropped, so that no metadata value or secret ever slips in. */
export const LOG_FIELDS: ReadonlySet<string> = new Set([
  'address',
  'code',
  'error',
  'keys',
  'method',
  'name',
  'namespace',
  'policy',
  'port',
  'reason',
  'replicas',
  'seconds',
  'sentence',
  'signal',
  'source',
  'version',
]);

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** JSON lines on the given stream (stderr when absent: stdout belongs to results). */
export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: Record<string, unknown>) =>
        Object.fromEntries(Object.entries(fields).filter(([key]) => LOG_FIELDS.has(key))),
    },
  };
  return destination ? pino(options, destination) : pino(options, pino.destination(2));
}

/** An error as a field: its name and message, without stack or cause, which may quote upstream answers. */
export function errorField(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}
