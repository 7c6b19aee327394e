import type { Seconds } from '../../base/units.js';

const STAMP = /^(\d{4})-(\d\d)-(\d\d) ([01]\d|2[0-3]):([0-5]\d):([0-5]\d(?:\.\d+)?)$/;

/** Seconds since 1970 of a stamp like `2023-11-16 18:17:03.9799600`, taken as UTC; undefined where it is none. */
export function secondsOfStamp(text: string): Seconds | undefined {
  const match = STAMP.exec(text);
  if (!match) return undefined;
  const [, year, month, date, hour, minute, second] = match.map(Number) as [number, ...number[]];
  // Seven decimals do not fit into a Date: the day comes from it, the rest is arithmetic.
  const day = Date.UTC(year as number, (month as number) - 1, date);
  const isDay = new Date(day).getUTCDate() === date && new Date(day).getUTCMonth() === (month as number) - 1;
  if (!isDay) return undefined;
  return day / 1000 + (hour as number) * 3600 + (minute as number) * 60 + (second as number);
}
