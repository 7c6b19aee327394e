import { cheapestGpus, findGpu, gpuMemoryMiB, readGpus, readInstances } from './hardware.js';
import { findModel, kvCapacity } from './models.js';

type Raw = Readonly<Record<string, unknown>>;

/**
 * Fills in what a profile file may leave to the data of known GPUs and models: memory, price, KV capacity, each with its source.
 * What the file says itself stays; what cannot be derived stays missing, for the schema to report. Pure but for data files.
 */
export function completeProfile(file: Raw): Raw {
  const gpu = typeof file['gpu'] === 'string' ? findGpu(file['gpu']) : undefined;
  const gpus = Number(file['tensorParallel'] ?? 1);
  const derived: Record<string, unknown> = {};
  const sources: Record<string, string> = {};
  if (gpu) {
    const engine = file['engine'] === 'triton' ? 'triton' : 'vllm';
    const used = engine === 'vllm' ? "used is vLLM's default of 0.9" : 'used is an assumption, of a small model';
    derived['gpuMemoryMiB'] = gpuMemoryMiB(gpu.memoryMiB, engine);
    sources['gpuMemoryMiB'] = [gpu.name, gpu.note, readGpus().sources['memoryMiB'], used]
      .filter((part) => part !== undefined)
      .join('; ');
    const cheapest = cheapestGpus(gpu, gpus);
    if (cheapest) {
      const { price, instance } = cheapest;
      derived['pricePerHour'] = Number(price.toFixed(4));
      sources['pricePerHour'] = `${instance.name}: ${readInstances().sources[instance.provider]}`;
    }
    const model = typeof file['model'] === 'string' ? findModel(file['model']) : undefined;
    if (model && file['engine'] === 'vllm') {
      derived['kvCapacityTokens'] = kvCapacity(model, gpu.memoryMiB, gpus);
      sources['kvCapacityTokens'] = '(0.9 memory - weights - 2.5 GiB) over bytes per token';
    }
  }
  const own = file['sources'];
  for (const field of Object.keys(sources)) if (file[field] !== undefined) delete sources[field];
  return { ...derived, ...file, sources: isObject(own) || own === undefined ? { ...sources, ...own } : own };
}

export function isObject(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
