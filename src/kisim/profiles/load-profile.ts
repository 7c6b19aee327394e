import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { err, ok, type Result } from '../../base/result.js';
import type { ServingProfile } from '../../decision/serving-profile.js';
import { PROFILE_SCHEMA, type ProfileFile } from './profile-schema.js';

const ASSETS = new URL('./assets/', import.meta.url);

/** Names of the profiles that ship, in alphabetical order. */
export function listProfiles(): readonly string[] {
  return readdirSync(ASSETS)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/**
 * Loads a profile by its name, or a user's own by path (anything with a slash or ending in .yaml). The error names the field,
 * what is wrong with it and the allowed range.
 */
export function loadProfile(nameOrPath: string): Result<ServingProfile, string> {
  const file = readProfileFile(nameOrPath);
  return file.ok ? ok(toServingProfile(file.value)) : file;
}

/** The file as it is written, with its sources. */
export function readProfileFile(nameOrPath: string): Result<ProfileFile, string> {
  const isPath = nameOrPath.includes('/') || nameOrPath.endsWith('.yaml');
  if (!isPath && !listProfiles().includes(nameOrPath)) {
    return err(
      `unknown profile "${nameOrPath}"; there are ${listProfiles().join(', ')}, or give the path of a .yaml file`,
    );
  }
  let text: string;
  try {
    text = readFileSync(isPath ? nameOrPath : new URL(`${nameOrPath}.yaml`, ASSETS), 'utf8');
  } catch (cause) {
    return err(`profile ${nameOrPath}: ${cause instanceof Error ? cause.message : 'not readable'}`);
  }
  return parseProfile(text, nameOrPath);
}

/** Parses the text of a profile file; `label` begins every message. */
export function parseProfile(text: string, label: string): Result<ProfileFile, string> {
  let content: unknown;
  try {
    content = parse(text);
  } catch (cause) {
    return err(`profile ${label}: ${cause instanceof Error ? cause.message : 'not YAML'}`);
  }
  const result = PROFILE_SCHEMA.safeParse(content);
  if (result.success) return ok(result.data);
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'file'}: ${message}`);
  return err(`profile ${label}: ${problems.join('; ')}`);
}

const MS = 1e-3;

function toServingProfile(file: ProfileFile): ServingProfile {
  const { stepMs, gpuMemoryMiB } = file;
  return {
    name: file.name,
    law: {
      base: stepMs.base * MS,
      perToken: stepMs.perToken * MS,
      perDecode: stepMs.perDecode * MS,
      perKvToken: stepMs.perKvToken * MS,
      perPrefillPair: stepMs.perPrefillPair * MS,
    },
    maxNumSeqs: file.maxNumSeqs,
    maxBatchedTokens: file.maxBatchedTokens,
    kvCapacity: file.kvCapacityTokens,
    blockSize: file.blockSizeTokens,
    gpus: file.tensorParallel,
    gpuMemory: { totalMiB: gpuMemoryMiB.total, usedMiB: gpuMemoryMiB.used, reservedMiB: gpuMemoryMiB.reserved },
    coldStart: file.coldStartSeconds,
    pricePerHour: file.pricePerHour,
    meanInputTokens: file.meanTokens.input,
    meanOutputTokens: file.meanTokens.output,
  };
}
