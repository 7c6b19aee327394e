import { expect } from 'chai';
import { saturationThroughput } from '../../../src/decision/serving-profile.js';
import { stepSeconds } from '../../../src/decision/step-law.js';
import { loadProfile, loadVllmProfile } from '../../../src/kisim/profiles/load-profile.js';

function vllm(name: string) {
  const profile = loadVllmProfile(name);
  if (!profile.ok) throw new Error(profile.error);
  return profile.value;
}

const decode = { tokens: 1, decodes: 1, sequences: 1, context: 500, pairs: 0 };

describe('profile on a MIG slice', () => {
  it('decodes alone as much slower as memory is narrower, and computes prompts as the SMs are fewer', () => {
    const [whole, slice] = [vllm('h100-llama-3.2-3b'), vllm('h100-llama-3.2-3b:1g.20gb')];
    const slowdown = stepSeconds(slice.law, decode) / stepSeconds(whole.law, decode);
    expect(slowdown).to.be.within(3, 4);
    const prompt = { tokens: 8192, decodes: 0, sequences: 1, context: 0, pairs: 8192 ** 2 / 2 };
    expect(stepSeconds(slice.law, prompt) / stepSeconds(whole.law, prompt)).to.be.within(6.5, 7);
  });

  it('has the memory and the price of its part', () => {
    const [whole, slice] = [vllm('h100-llama-3.2-3b'), vllm('h100-llama-3.2-3b:3g.40gb')];
    expect(slice.gpuMemory.totalMiB).to.equal(whole.gpuMemory.totalMiB / 2);
    expect(slice.pricePerHour).to.equal(whole.pricePerHour / 2);
    expect(slice.kvCapacity).to.be.below(whole.kvCapacity / 2);
  });

  it('never serves more than the whole, and all slices of a GPU together never more than it', () => {
    const whole = saturationThroughput(vllm('a100-80-llama-3.2-3b'), 512, 200);
    for (const [slice, count] of [
      ['1g.20gb', 4],
      ['2g.20gb', 3],
      ['3g.40gb', 2],
      ['4g.40gb', 1],
    ] as const) {
      const share = saturationThroughput(vllm(`a100-80-llama-3.2-3b:${slice}`), 512, 200);
      expect(share * count, slice).to.be.at.most(whole);
    }
  });

  it('of the whole GPU is the whole', () => {
    const { name, ...whole } = vllm('h200-llama-3.1-8b');
    const { name: sliced, migSlice, ...same } = vllm('h200-llama-3.1-8b:7g.141gb');
    expect([sliced, migSlice]).to.deep.equal([`${name}:7g.141gb`, '7g.141gb']);
    expect(same).to.deep.equal(whole);
  });

  it('is refused where the slice is not one of the GPU, the model does not fit, or several GPUs are meant', () => {
    const errorOf = (name: string): string => {
      const profile = loadProfile(name);
      return profile.ok ? '' : profile.error;
    };
    expect(errorOf('h100-llama-3.1-8b:1g.18gb'))
      .to.contain('must be one of 1g.10gb, 1g.20gb')
      .and.contain('found 1g.18gb');
    expect(errorOf('l4-llama-3.1-8b:1g.10gb')).to.contain('L4 has none');
    expect(errorOf('h100-llama-3.1-8b:1g.10gb')).to.contain('does not fit into H100-80GB:1g.10gb');
    expect(errorOf('h100-llama-3.1-8b-tp2:3g.40gb')).to.contain('must be absent with tensorParallel 2');
  });
});
