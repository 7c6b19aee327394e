import { Command } from '@commander-js/extra-typings';
import { findGpu, type Gpu, readGpus, readInstances } from '../../kisim/profiles/hardware.js';
import { listProfiles } from '../../kisim/profiles/library.js';
import { readProfileFile } from '../../kisim/profiles/load-profile.js';
import type { ProfileFile } from '../../kisim/profiles/profile-schema.js';
import { type ProfileRow, toProfileRow } from '../profiles/profile-row.js';
import { renderGpus, renderProfile, renderProfiles } from '../profiles/profile-tables.js';

const EXIT_USAGE = 2;

interface ProfilesOptions {
  readonly gpu?: string | undefined;
  readonly gpus?: true | undefined;
  readonly json?: true | undefined;
}

/** A profile that is wrong; the message names every field. */
class ProfileError extends Error {}

/**
 * `kiscaler profiles`: what profiles there are, or one of them (or a file of the user's own) with the source of every number.
 * Exit codes: 0 valid, 2 a profile, GPU or slice that there is not, or a file that is wrong.
 */
export function profilesCommand() {
  return new Command('profiles')
    .description('List the GPU x model profiles, or show and check one, with the source of every number.')
    .argument('[name]', 'a profile, NAME:SLICE for a MIG slice of its GPU, or a .yaml file of your own')
    .option('--gpu <name>', 'only profiles of this GPU')
    .option('--gpus', 'list GPUs with their prices and MIG slices instead')
    .option('--json', 'print JSON')
    .action((name, options, command) => {
      try {
        process.stdout.write(show(name, options));
      } catch (error) {
        if (!(error instanceof ProfileError)) throw error;
        command.error(`error: ${error.message}`, { exitCode: EXIT_USAGE });
      }
    });
}

function show(name: string | undefined, options: ProfilesOptions): string {
  if (options.gpus) return showGpus(options);
  if (name !== undefined) return showOne(read(name), options);
  const gpu = options.gpu === undefined ? undefined : gpuNamed(options.gpu);
  const rows = listProfiles()
    .map((one) => toProfileRow(read(one)))
    .filter((row) => !gpu || findGpu(row.gpu) === gpu);
  return options.json ? json(rows) : renderProfiles(rows);
}

function showOne(file: ProfileFile, { json: isJson }: ProfilesOptions): string {
  const row: ProfileRow = toProfileRow(file);
  return isJson ? json({ ...row, ...file }) : renderProfile(row, file);
}

function showGpus({ json: isJson, gpu }: ProfilesOptions): string {
  const gpus = gpu === undefined ? readGpus().gpus : [gpuNamed(gpu)];
  const { instances } = readInstances();
  return isJson ? json({ ...readGpus(), gpus, instances }) : renderGpus(gpus, instances);
}

function read(name: string): ProfileFile {
  const file = readProfileFile(name);
  if (!file.ok) throw new ProfileError(file.error);
  return file.value;
}

function gpuNamed(name: string): Gpu {
  const gpu = findGpu(name);
  if (gpu) return gpu;
  const known = readGpus().gpus.map((one) => one.name);
  throw new ProfileError(`--gpu: must be one of ${known.join(', ')}, found ${name}`);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
