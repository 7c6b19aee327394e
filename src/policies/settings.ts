import { parseDecimal } from '../base/numbers.js';
import { err, ok, type Result } from '../base/result.js';

/** A number that a law may be run with; at `default` the law stands as its authors published it. */
export interface NumberSetting {
  readonly default: number;
  /** What is allowed, both ends included. */
  readonly min: number;
  readonly max: number;
  /** How a sweep spaces its trials. */
  readonly scale: 'linear' | 'log';
  readonly isInteger?: true;
  /** Where a sweep looks, within what is allowed; default: everywhere. */
  readonly sweep?: readonly [low: number, high: number];
  readonly meaning: string;
}

/** One of a few words; without a default the way the law is run decides. */
export interface ChoiceSetting {
  readonly choices: readonly string[];
  /** Those that a sweep tries; default: all. */
  readonly sweep?: readonly string[];
  readonly meaning: string;
}

export type SettingSpec = NumberSetting | ChoiceSetting;
export type NumberSettings = Readonly<Record<string, NumberSetting>>;
export type SettingSpecs = Readonly<Record<string, SettingSpec>>;

/** Values by name; what is not named stays at its default. */
export type Settings = Readonly<Record<string, number | string>>;

/** The options of a law whose settings are `S`: all of them, as numbers. */
export type OptionsOf<S extends NumberSettings> = { readonly [K in keyof S]: number };

/** Settings that a law cannot have; the message names field, found value and what is allowed. */
export class SettingError extends Error {}

/** A setting on a linear scale. */
export function linear(value: number, [min, max]: readonly [number, number], meaning: string): NumberSetting {
  return { default: value, min, max, scale: 'linear', meaning };
}

/** A setting whose ratios matter, min > 0. */
export function logarithmic(value: number, [min, max]: readonly [number, number], meaning: string): NumberSetting {
  return { default: value, min, max, scale: 'log', meaning };
}

export function isChoice(spec: SettingSpec): spec is ChoiceSetting {
  return 'choices' in spec;
}

/** Every number at its authors' constant. */
export function defaultsOf<S extends NumberSettings>(specs: S): OptionsOf<S> {
  return Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, spec.default])) as OptionsOf<S>;
}

/** What is wrong with these settings, one line each: name, what is allowed, what was found. */
export function findSettingProblems(specs: SettingSpecs, settings: Settings): readonly string[] {
  return Object.entries(settings).flatMap(([name, value]) => {
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (spec === undefined) return [`${name}: no such setting, there are ${Object.keys(specs).join(', ') || 'none'}`];
    return isAllowed(spec, value) ? [] : [`${name}: must be ${describeAllowed(spec)}, found ${value}`];
  });
}

/** The allowed values in words. */
export function describeAllowed(spec: SettingSpec): string {
  if (isChoice(spec)) return `${spec.choices.slice(0, -1).join(', ')} or ${spec.choices.at(-1)}`;
  return `${spec.isInteger ? 'a whole number' : 'a number'} from ${spec.min} to ${spec.max}`;
}

function isAllowed(spec: SettingSpec, value: number | string): boolean {
  if (isChoice(spec)) return typeof value === 'string' && spec.choices.includes(value);
  if (typeof value !== 'number' || !(value >= spec.min && value <= spec.max)) return false;
  return !spec.isInteger || Number.isInteger(value);
}

/** `a=1,b=word` as settings; the error says what is no `name=value`. */
export function parseSettings(text: string): Result<Settings, string> {
  const settings: Record<string, number | string> = {};
  for (const part of text.split(',')) {
    const [, name, value] = /^([A-Za-z][A-Za-z0-9]*)=([A-Za-z0-9.-]+)$/.exec(part) ?? [];
    if (name === undefined || value === undefined) return err(`must be name=value, found "${part}"`);
    if (Object.hasOwn(settings, name)) return err(`${name}: must be given once`);
    const number = parseDecimal(value);
    settings[name] = number.ok ? number.value : value;
  }
  return ok(settings);
}

/** Settings that `specs` allow; the error says what is wrong with them, each line behind `whose`. */
export function readSettings(specs: SettingSpecs, text: string, whose: string): Result<Settings, string> {
  const settings = parseSettings(text);
  if (!settings.ok) return err(`${whose}: ${settings.error}`);
  const problems = findSettingProblems(specs, settings.value);
  return problems.length > 0 ? err(problems.map((problem) => `${whose}: ${problem}`).join('\n')) : settings;
}

/** `a=1,b=word` in the order of the specs, so that equal settings read alike; empty without any. */
export function formatSettings(specs: SettingSpecs, settings: Settings): string {
  return Object.keys(specs)
    .filter((name) => Object.hasOwn(settings, name))
    .map((name) => `${name}=${settings[name]}`)
    .join(',');
}
