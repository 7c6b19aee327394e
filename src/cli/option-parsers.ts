import { InvalidArgumentError } from '@commander-js/extra-typings';
import { parseDecimal, parseDuration } from '../base/numbers.js';
import type { Seconds } from '../base/units.js';

/** Wall time for which a command runs. */
export function wallTime(text: string): Seconds {
  const parsed = parseDuration(text);
  if (!parsed.ok || parsed.value < 1 || parsed.value > 86_400)
    throw new InvalidArgumentError('must be from 1s to 24h, e.g. 30s.');
  return parsed.value;
}

/** Time between decisions, as `serve --tick` takes it. */
export function tick(text: string): Seconds {
  const parsed = parseDuration(text);
  if (!parsed.ok || parsed.value < 1 || parsed.value > 300)
    throw new InvalidArgumentError('must be a duration from 1s to 300s.');
  return parsed.value;
}

/** Whether a text is an address that may be asked: a secret in it would end in logs and process lists. */
export function isHttpUrl(text: string): boolean {
  return /^https?:\/\/[^\s/@]+(\/[^\s]*)?$/.test(text);
}

export function httpUrl(text: string): string {
  if (!isHttpUrl(text)) throw new InvalidArgumentError('must be an http or https URL without credentials.');
  return text;
}

/** A whole number from `min` to `max`. */
export function integer(text: string, max: number, min = 0): number {
  if (!/^\d{1,16}$/.test(text) || Number(text) > max || Number(text) < min)
    throw new InvalidArgumentError(`must be a whole number from ${min} to ${max}.`);
  return Number(text);
}

/** A whole number that nothing bounds but what a double holds. */
export function wholeNumber(text: string): number {
  return integer(text, Number.MAX_SAFE_INTEGER);
}

/** What the share of requests that miss is multiplied with, beside the cost. */
export function price(text: string): number {
  return decimal(text, 1, 1000);
}

/** Names of policies, comma-separated; `a:x=1,y=2,b` are `a:x=1,y=2` and `b`, because no name has a `=` of its own. */
export function policyList(text: string): readonly string[] {
  const names: string[] = [];
  for (const part of text.split(',')) {
    const isSetting = names.length > 0 && /^[^:=]+=/.test(part);
    if (isSetting) names.push(`${names.pop()},${part}`);
    else names.push(part);
  }
  return names;
}

/** Numbers from 1 to 1000, comma-separated. */
export function numberList(text: string): readonly number[] {
  const values = text.split(',').map(Number);
  if (values.some((value) => !(value >= 1 && value <= 1000)))
    throw new InvalidArgumentError('must be numbers from 1 to 1000.');
  return values;
}

/** A plain decimal number in [min, max]. */
export function decimal(text: string, min: number, max: number): number {
  const parsed = parseDecimal(text);
  if (!parsed.ok || parsed.value < min || parsed.value > max)
    throw new InvalidArgumentError(`must be a number from ${min} to ${max}.`);
  return parsed.value;
}
