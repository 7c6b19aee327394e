import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { describeIssues } from '../../base/describe-issues.js';
import { err, ok, type Result } from '../../base/result.js';
import type { ServingProfile, VllmProfile } from '../../decision/serving-profile.js';
import { completeProfile, isObject } from './complete-profile.js';
import { findShipped } from './library.js';
import { onSlice } from './mig.js';
import { PROFILE_SCHEMA, type ProfileFile } from './profile-schema.js';
import { toServingProfile } from './to-serving-profile.js';

/**
 * Loads a profile by its name, or a user's own by path (anything with a slash or ending in .yaml). NAME:SLICE is the profile on a
 * MIG slice of its GPU. The error names every field that is wrong, the value found and the allowed range.
 */
export function loadProfile(nameOrPath: string): Result<ServingProfile, string> {
  const file = readProfileFile(nameOrPath);
  return file.ok ? ok(toServingProfile(file.value)) : file;
}

/** The same for where only a language model under vLLM will do. */
export function loadVllmProfile(nameOrPath: string): Result<VllmProfile, string> {
  const profile = loadProfile(nameOrPath);
  if (!profile.ok) return profile;
  if (profile.value.engine === 'vllm') return ok(profile.value);
  return err(`profile ${nameOrPath}: must be of engine vllm, found ${profile.value.engine}`);
}

/** The same for names of shipped profiles only: who may not read files may still name a profile. */
export function loadShippedProfile(name: string): Result<ServingProfile, string> {
  return isPath(name) ? err(`unknown profile "${name}"`) : loadProfile(name);
}

/** The file as it is written, what it leaves out filled in, with its sources. */
export function readProfileFile(nameOrPath: string): Result<ProfileFile, string> {
  const [whole = '', slice] = splitSlice(nameOrPath);
  const file = isPath(whole) ? readOwn(whole) : readShipped(whole);
  if (!file.ok || slice === undefined) return file;
  const sliced = onSlice(file.value, slice);
  return sliced.ok ? sliced : err(`profile ${nameOrPath}: ${sliced.error}`);
}

/** Parses the text of a profile file; the error names every field that is wrong, after `label`. */
export function parseProfile(text: string, label: string): Result<ProfileFile, string> {
  let content: unknown;
  try {
    content = parse(text);
  } catch (cause) {
    return err(`profile ${label}: ${cause instanceof Error ? cause.message : 'not YAML'}`);
  }
  return checkProfile(content, label);
}

function checkProfile(content: unknown, label: string): Result<ProfileFile, string> {
  const value = isObject(content) ? completeProfile({ engine: 'vllm', ...content }) : content;
  const result = PROFILE_SCHEMA.safeParse(value);
  if (result.success) return ok(result.data);
  return err(`profile ${label}:\n${describeIssues(result.error, value, 'file')}`);
}

function readShipped(name: string): Result<ProfileFile, string> {
  const shipped = findShipped(name);
  if (shipped) return checkProfile(shipped, name);
  return err(`unknown profile "${name}"; \`kiscaler profiles\` lists them, or give the path of a .yaml file`);
}

function readOwn(path: string): Result<ProfileFile, string> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    return err(`profile ${path}: ${cause instanceof Error ? cause.message : 'not readable'}`);
  }
  return parseProfile(text, path);
}

function isPath(name: string): boolean {
  return name.includes('/') || name.endsWith('.yaml');
}

function splitSlice(name: string): readonly string[] {
  const match = /^(.*):(\dg\.\d+gb)$/.exec(name);
  return match ? match.slice(1) : [name];
}
