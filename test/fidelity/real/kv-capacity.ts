import { findGpu } from '../../../src/kisim/profiles/hardware.js';
import { findModel, kvCapacity } from '../../../src/kisim/profiles/models.js';
import { KERNEL_GPUS, readDataText, readKernelTimes } from './data-files.js';
import { type Spread, spreadOf } from './kernel-tables.js';

/** KV tokens that a real vLLM reported, and what the formula gives. */
export interface CapacityComparison {
  readonly server: string;
  readonly reported: number;
  readonly error: number;
}

/** Llama-70B on four H100 under vLLM 0.15 (kisim-calibration.md §1.3), and the recorded run on an RTX 4090 under vLLM 0.19. */
export function compareReportedCapacity(): readonly CapacityComparison[] {
  const meta = JSON.parse(readDataText('llmservingsim/RTX4090_Llama-3.1-8B/meta.json'));
  const recorded: number = meta.kv_cache.num_kv_tokens;
  return [
    compare('Llama-70B on 4 H100, vLLM 0.15', 'H100', 'llama-3.1-70b', 4, 484_016),
    compare('Llama-3.1-8B on an RTX 4090, vLLM 0.19', 'RTX 4090', 'llama-3.1-8b', 1, recorded),
  ];
}

/** The formula against the capacities of aiconfigurator's table, where memory is what the table takes it for. */
export function compareTabledCapacity(): Spread {
  return spreadOf(
    readKernelTimes()
      .filter(({ gpu, model }) => /^(a100|h100|h200)/.test(gpu) && model !== 'llama-3.2-3b')
      .map((kernels) => {
        const gpu = String(KERNEL_GPUS[kernels.gpu]);
        return capacity(gpu, kernels.model, kernels.tp) / kernels.kv_capacity_tokens - 1;
      }),
  );
}

function compare(server: string, gpu: string, model: string, gpus: number, reported: number): CapacityComparison {
  return { server, reported, error: capacity(gpu, model, gpus) / reported - 1 };
}

function capacity(gpuName: string, modelName: string, gpus: number): number {
  const [gpu, model] = [findGpu(gpuName), findModel(modelName)];
  if (!gpu || !model) throw new Error(`${gpuName}, ${modelName}`);
  return kvCapacity(model, gpu.memoryMiB, gpus);
}
