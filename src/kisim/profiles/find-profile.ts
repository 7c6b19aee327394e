import { err, ok, type Result } from '../../base/result.js';
import { findGpu, readGpus } from './hardware.js';
import { readShippedProfiles } from './library.js';
import { findModel } from './models.js';
import { plainName } from './same-name.js';

/** What a profile is looked for by; `gpu` may be GPU:SLICE. */
export interface ProfileQuery {
  readonly gpu: string;
  readonly model: string;
  readonly tensorParallel: number;
}

/** Name of the shipped profile of a GPU, model and degree of tensor parallelism. The error lists what there is instead. */
export function findProfileName({ gpu, model, tensorParallel }: ProfileQuery): Result<string, string> {
  const [whole = '', slice] = gpu.split(':');
  const kind = findGpu(whole);
  if (!kind) {
    const known = readGpus().gpus.map(({ name }) => name);
    return err(`gpu: must be one of ${known.join(', ')}, found ${gpu}`);
  }
  const here = readShippedProfiles().filter((profile) => findGpu(String(profile['gpu'])) === kind);
  const found = here.find(
    (profile) =>
      isSameModel(String(profile['model']), model) && Number(profile['tensorParallel'] ?? 1) === tensorParallel,
  );
  if (found) return ok(`${String(found['name'])}${slice === undefined ? '' : `:${slice}`}`);
  const names = here.map(({ name }) => String(name));
  return err(`no profile of ${model} on ${tensorParallel} ${kind.name}; for that GPU there are ${names.join(', ')}`);
}

function isSameModel(known: string, asked: string): boolean {
  const model = findModel(known);
  return model ? findModel(asked) === model : plainName(known) === plainName(asked);
}
