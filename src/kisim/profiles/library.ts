import { listAssets, readAsset } from './assets.js';
import { isObject } from './complete-profile.js';

type Raw = Readonly<Record<string, unknown>>;

const FOLDERS = ['vllm', 'triton'];

/** Names of the profiles that ship, in alphabetical order. */
export function listProfiles(): readonly string[] {
  return readShippedProfiles()
    .map(({ name }) => String(name))
    .sort();
}

/** All profiles that ship, as their data files have them. */
export function readShippedProfiles(): readonly Raw[] {
  return profileFiles().flatMap(profilesIn);
}

/** A profile that ships, as its data file has it. */
export function findShipped(name: string): Raw | undefined {
  return profileFiles()
    .filter((path) => name.startsWith(basename(path)))
    .flatMap(profilesIn)
    .find((profile) => profile['name'] === name);
}

function profileFiles(): readonly string[] {
  return FOLDERS.flatMap((folder) => listAssets(folder));
}

/** A data file is one profile, or what several share and what each has of its own; sources are joined. */
function profilesIn(path: string): readonly Raw[] {
  const file = readAsset(path);
  if (!isObject(file)) return [];
  const { shared, profiles } = file;
  if (!isObject(shared) || !Array.isArray(profiles)) return [file];
  return profiles
    .filter(isObject)
    .map((own) => ({ ...shared, ...own, sources: { ...sourcesOf(shared), ...sourcesOf(own) } }));
}

function sourcesOf({ sources }: Raw): Raw {
  return isObject(sources) ? sources : {};
}

/** Profiles of `vllm/h100.yaml` begin with `h100`. */
function basename(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1, -'.yaml'.length);
}
