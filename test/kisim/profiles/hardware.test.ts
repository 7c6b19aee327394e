import { expect } from 'chai';
import { cheapestGpus, findGpu, readGpus, readInstances, slicesOf } from '../../../src/kisim/profiles/hardware.js';
import { findModel, kvCapacity } from '../../../src/kisim/profiles/models.js';

function gpu(name: string) {
  const found = findGpu(name);
  if (!found) throw new Error(name);
  return found;
}

describe('GPU data', () => {
  it('finds a GPU by any of its names, however spelled', () => {
    for (const name of ['H100-80GB', 'h100', 'H100 SXM', 'h100_80'])
      expect(findGpu(name)?.name, name).to.equal('H100-80GB');
    for (const name of ['RTX4090', 'rtx 4090', 'NVIDIA GeForce RTX 4090'])
      expect(findGpu(name)?.name, name).to.equal('RTX-4090');
    expect(findGpu('H10')).to.equal(undefined);
  });

  it('never cuts a GPU into slices that are more than the whole of it', () => {
    for (const one of readGpus().gpus)
      for (const { name, count, compute, memory } of slicesOf(one)) {
        expect(count * compute, `${one.name} ${name}`).to.be.at.most(1);
        expect(count * memory, `${one.name} ${name}`).to.be.at.most(1);
      }
  });

  it('has a price for every GPU, of an instance that names it', () => {
    const names = readGpus().gpus.map(({ name }) => name);
    for (const instance of readInstances().instances) {
      expect(names, instance.name).to.include(instance.gpu);
      expect(readInstances().sources, instance.name).to.have.property(instance.provider);
    }
  });

  it('charges more GPUs more, and as the smallest instance that has them', () => {
    expect(cheapestGpus(gpu('L40S'), 1)).to.have.property('price', 1.861);
    expect(cheapestGpus(gpu('L40S'), 2)?.price).to.be.closeTo((2 * 10.49264) / 4, 1e-9);
    expect(cheapestGpus(gpu('H100'), 4)).to.have.property('price', 27.52);
    expect(cheapestGpus(gpu('H100'), 9)).to.equal(undefined);
  });
});

describe('KV capacity', () => {
  it('is the formula of vLLM, near the blocks that it reported for Llama-70B on four H100', () => {
    const model = findModel('meta-llama/Llama-3.1-70B-Instruct');
    if (!model) throw new Error('no such model');
    const tokens = kvCapacity(model, 81_920, 4);
    expect(tokens).to.be.closeTo(480_332, 20);
    expect(tokens / 484_016).to.be.within(0.97, 1.03);
  });

  it('is negative where the model does not fit, and never falls with more memory or more GPUs', () => {
    const model = findModel('llama-3.1-8b');
    if (!model) throw new Error('no such model');
    expect(kvCapacity(model, 16_384, 1)).to.be.below(0);
    for (let memory = 20_000; memory < 200_000; memory += 10_000)
      for (const gpus of [1, 2, 4]) {
        expect(kvCapacity(model, memory + 10_000, gpus)).to.be.above(kvCapacity(model, memory, gpus));
        expect(kvCapacity(model, memory, 2 * gpus)).to.be.above(kvCapacity(model, memory, gpus));
      }
  });
});
