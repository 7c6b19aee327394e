import { expect } from 'chai';
import { findProfileName } from '../../../src/kisim/profiles/find-profile.js';

const find = (gpu: string, model: string, tensorParallel = 1): string => {
  const found = findProfileName({ gpu, model, tensorParallel });
  return found.ok ? found.value : found.error;
};

describe('a profile by GPU, model and tensor parallelism', () => {
  it('is found however GPU and model are spelled', () => {
    expect(find('RTX 4090', 'meta-llama/Llama-3.1-8B')).to.equal('rtx-4090-llama-3.1-8b');
    expect(find('RTXPRO6000', 'llama-3.1-8b')).to.equal('rtx-pro-6000-llama-3.1-8b');
    expect(find('h100', 'meta-llama/Llama-3.3-70B-Instruct', 4)).to.equal('h100-llama-3.1-70b-tp4');
    expect(find('NVIDIA H100 80GB HBM3', 'Llama-3.1-8B-Instruct')).to.equal('h100-llama-3.1-8b');
    expect(find('NVIDIA L40S', 'llama-3.1-8b')).to.equal('l40s-llama-3.1-8b');
    expect(find('Tesla T4', 'resnet-50')).to.equal('t4-resnet-50');
    expect(find('H100', 'meta-llama/Meta-Llama-3.1-8B-Instruct')).to.equal('h100-llama-3.1-8b');
    expect(find('H100', 'somebody-else/Llama-3.1-8B-Instruct')).to.match(/^no profile of somebody-else/);
    expect(find('T4', 'ResNet-50')).to.equal('t4-resnet-50');
    expect(find('A100:3g.40gb', 'Qwen/Qwen2.5-7B')).to.equal('a100-80-qwen2.5-7b:3g.40gb');
  });

  it('that there is not is answered by those that there are', () => {
    expect(find('H1000', 'llama-3.1-8b')).to.contain('gpu: must be one of T4, L4').and.contain('found H1000');
    expect(find('L4', 'llama-3.1-70b', 8))
      .to.contain('on 8 L4')
      .and.contain('l4-llama-3.1-8b');
  });
});
