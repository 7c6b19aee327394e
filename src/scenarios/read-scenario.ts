import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { describeIssues } from '../base/describe-issues.js';
import { err, ok, type Result } from '../base/result.js';

import { type Scenario, type ScenarioInput, scenarioSchema } from './scenario.js';

const ASSETS = fileURLToPath(new URL('./assets/', import.meta.url));

/**
 * Parses a scenario file's text, with some of its keys replaced where `changes` says so; the error names every field that is
 * wrong, its value and what is allowed.
 */
export function parseScenario(text: string, changes: Partial<ScenarioInput> = {}): Result<Scenario, string> {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    return err(error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'not YAML');
  }
  return checkScenario(typeof value === 'object' && value !== null ? Object.assign(value, changes) : value);
}

/** Checks a scenario that is an object already. */
export function checkScenario(value: unknown): Result<Scenario, string> {
  const result = scenarioSchema.safeParse(value);
  return result.success ? ok(result.data) : err(describeIssues(result.error, value, 'scenario', scenarioSchema));
}

/** Names of the scenarios that come with kiscaler. */
export function galleryNames(): readonly string[] {
  return readdirSync(ASSETS)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort();
}

/** Path of a gallery scenario, or undefined when there is none of that name. */
export function galleryPath(name: string): string | undefined {
  return galleryNames().includes(name) ? `${ASSETS}${name}.yaml` : undefined;
}

/** A scenario by gallery name or by path. */
export function readScenario(nameOrPath: string): Result<Scenario, string> {
  const path = galleryPath(nameOrPath) ?? nameOrPath;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EISDIR') return err('is a folder, not a scenario file');
    if (code !== 'ENOENT') throw error;
    return err(`no such file, and no scenario of that name (${galleryNames().join(', ')})`);
  }
  return parseScenario(text);
}
