import { err, ok, type Result } from './result.js';

/** Confines a finite number to [low, high]; low wins when the two cross, and NaN stays NaN. */
export function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

/** Whether the first difference between two rows of equal length, from the left, is in favour of `a` being lower. */
export function isLower(a: readonly number[], b: readonly number[]): boolean {
  const i = a.findIndex((value, j) => value !== b[j]);
  return i >= 0 && (a[i] as number) < (b[i] as number);
}

const DECIMAL = /^-?\d+(\.\d+)?$/;

/**
 * Parses plain decimal notation and nothing else. `Number` is no parser for input from outside: it reads '', ' ' and
 * null as 0 and '0x10' as 16.
 */
export function parseDecimal(text: string): Result<number, 'not a decimal number'> {
  if (!DECIMAL.test(text) || text.length > 32) return err('not a decimal number');
  const value = Number(text);
  return Number.isFinite(value) ? ok(Object.is(value, -0) ? 0 : value) : err('not a decimal number');
}

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/;
const UNIT_SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** Parses '500ms', '2s', '1.5m' or '1h' into seconds; a bare number counts seconds. */
export function parseDuration(text: string): Result<number, 'not a duration'> {
  const match = DURATION.exec(text);
  if (!match || text.length > 32) return err('not a duration');
  const seconds = Number(match[1]) * (UNIT_SECONDS[match[2] ?? 's'] ?? Number.NaN);
  return Number.isFinite(seconds) ? ok(seconds) : err('not a duration');
}
