import { expect } from 'chai';
import { readProfileFile } from '../../../src/kisim/profiles/load-profile.js';
import type { TritonProfileFile, VllmProfileFile } from '../../../src/kisim/profiles/profile-schema.js';
import { type KernelTimes, profileNameOf, readDataCsv, readKernelTimes } from '../../fidelity/real/data-files.js';
import { fitRelative } from '../../fidelity/real/least-squares.js';
import { readTritonSeries } from '../../fidelity/real/measured-tables.js';
import { DATA, WITHOUT_DATA } from '../../support/data.js';

function vllm(name: string): VllmProfileFile {
  const file = readProfileFile(name);
  if (!file.ok) throw new Error(file.error);
  if (file.value.engine !== 'vllm') throw new Error(name);
  return file.value;
}

const entries = (times: Readonly<Record<string, number | null>>) =>
  Object.entries(times).flatMap(([x, ms]) => (ms === null ? [] : [[Number(x), ms]]));

/** Prefill attention as base + perPair * c^2 / 2, weighted by the whole step; the largest error of a step. */
function prefillError({ dense_ms, prefill_attn_ms }: KernelTimes, base: number, perPair: number): number {
  return Math.max(
    ...entries(prefill_attn_ms).map(([chunk = 0, ms = 0]) => {
      const whole = Number(dense_ms[chunk]) + ms;
      return Math.abs(base + (perPair * chunk * chunk) / 2 - ms) / whole;
    }),
  );
}

/** Kernel times of LLMServingSim, summed as a Llama of 32 layers uses them. */
function summedDense(folder: string, tokens: number): number {
  const perLayer: Readonly<Record<string, number>> = { layernorm: 64, embedding: 1, final_layernorm: 1 };
  const rows = readDataCsv(`llmservingsim/${folder}/dense.csv`).filter((row) => Number(row['tokens']) === tokens);
  return rows.reduce((sum, row) => sum + (perLayer[row['layer'] ?? ''] ?? 32) * Number(row['time_us']), 0) / 1000;
}

describe(`profiles and the data that they come from${WITHOUT_DATA}`, () => {
  if (!DATA) {
    it('are not compared here');
    return;
  }

  it("carry aiconfigurator's 124 combinations as they are, and its prefill attention within 5 % of a step", () => {
    const all = readKernelTimes();
    expect(all).to.have.length(124);
    for (const kernels of all) {
      const name = profileNameOf(kernels);
      const { stepMs, kvCapacityTokens, tensorParallel } = vllm(name);
      expect(stepMs.dense, name).to.deep.equal(entries(kernels.dense_ms));
      expect(stepMs.perSequence, name).to.deep.equal(entries(kernels.lm_head_ms));
      expect(stepMs.decodeBase, name).to.equal(kernels.decode_attn.a_ms);
      expect((stepMs.perKvToken * 1000) / kernels.decode_attn.gamma_recommended_us, name).to.be.closeTo(1, 1e-3);
      expect(kvCapacityTokens, name).to.equal(kernels.kv_capacity_tokens);
      expect(tensorParallel, name).to.equal(kernels.tp);
      expect(prefillError(kernels, stepMs.prefillBase, stepMs.perPrefillPair), name).to.be.below(0.05);
    }
  });

  it("carry LLMServingSim's dense kernels, summed over the layers, to four digits", () => {
    for (const [name, folder] of [
      ['rtx-4090-llama-3.1-8b', 'profile_RTX4090_meta-llama_Llama-3.1-8B_bf16_tp1'],
      ['rtx-pro-6000-llama-3.1-8b', 'profile_RTXPRO6000_meta-llama_Llama-3.1-8B_bf16_tp1'],
    ] as const)
      for (const [tokens, ms] of vllm(name).stepMs.dense ?? [])
        expect(ms / summedDense(folder, tokens), `${name} at ${tokens}`).to.be.closeTo(1, 5e-4);
  });

  it("carry the fits of Triton's tables, recomputed, to three digits", () => {
    const series = readTritonSeries();
    const fits = [...series].map(([key, points]) => ({
      key,
      fit: fitRelative(
        points.map(([batch]) => [1, batch]),
        points.map(([, ms]) => ms),
      ),
    }));
    const gpus: Readonly<Record<string, string>> = { T4: 't4', A30: 'a30', A40: 'a40' };
    for (const { key, fit } of fits) {
      const [model = '', gpu = ''] = [key.slice(0, key.lastIndexOf('/')), key.slice(key.lastIndexOf('/') + 1)];
      const slug = gpus[gpu] ?? (gpu.includes('A100') ? 'a100-80' : 'v100');
      const { base, perRequest } = triton(`${slug}-${SLUGS[model]}`).batchMs;
      expect(base, key).to.be.closeTo(fit[0] ?? Number.NaN, 1e-3);
      expect(perRequest, key).to.be.closeTo(fit[1] ?? Number.NaN, 1e-4);
    }
    expect(fits).to.have.length(20);
  });
});

const SLUGS: Readonly<Record<string, string>> = {
  'PyTorch/Classification/ConvNets/resnet50': 'resnet-50',
  'PyTorch/LanguageModeling/BERT/large': 'bert-large-384',
  'PyTorch/LanguageModeling/BERT/dist6l': 'distilbert-6l-384',
  'PyTorch/Segmentation/nnUNet': 'nnunet',
  'PyTorch/SpeechSynthesis/FastPitch': 'fastpitch',
};

function triton(name: string): TritonProfileFile {
  const file = readProfileFile(name);
  if (!file.ok) throw new Error(file.error);
  if (file.value.engine !== 'triton') throw new Error(name);
  return file.value;
}
