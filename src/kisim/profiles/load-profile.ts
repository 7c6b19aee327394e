import { describeIssues } from '../../base/describe-issues.js';
import { err, ok, type Result } from '../../base/result.js';
import type { ServingProfile, VllmProfile } from '../../decision/serving-profile.js';
import { listAssets, parseYaml, readAsset } from '../yaml-assets.js';
import { PROFILE_SCHEMA, type ProfileFile } from './profile-schema.js';
import { toServingProfile } from './to-serving-profile.js';

const ASSETS = new URL('./assets/', import.meta.url);

/** Names of the profiles that ship, in alphabetical order. */
export function listProfiles(): readonly string[] {
  return listAssets(ASSETS);
}

/**
 * Loads a profile by its name, or a user's own by path (anything with a slash or ending in .yaml). The error names the field,
 * what is wrong with it and the allowed range.
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

/** The file as it is written, with its sources. */
export function readProfileFile(nameOrPath: string): Result<ProfileFile, string> {
  const text = readAsset(ASSETS, nameOrPath, 'profile');
  return text.ok ? parseProfile(text.value, nameOrPath) : text;
}

/** Parses the text of a profile file; the error names every field that is wrong, after `label`. */
export function parseProfile(text: string, label: string): Result<ProfileFile, string> {
  const parsed = parseYaml(text, `profile ${label}`);
  if (!parsed.ok) return parsed;
  const content = parsed.value;
  const value = typeof content === 'object' ? { engine: 'vllm', ...content } : content;
  const result = PROFILE_SCHEMA.safeParse(value);
  if (result.success) return ok(result.data);
  return err(`profile ${label}:\n${describeIssues(result.error, value, 'file')}`);
}
