import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { normal } from '../../src/base/distributions.js';
import { createRng, type Rng } from '../../src/base/rng.js';
import { Mlp } from '../../src/training/mlp.js';
import { ReferenceAdam } from './support/reference-adam.js';
import { ReferenceMlp } from './support/reference-mlp.js';

const draw = (rng: Rng, length: number): Float64Array => Float64Array.from({ length }, () => normal(rng));

/** A network and its reference with the same weights; sizes that are no multiples of the vector length among them. */
function pair(sizes: readonly number[], maxRows: number) {
  const reference = new ReferenceMlp(sizes);
  reference.initialize(createRng(1), 1);
  const network = new Mlp(sizes, maxRows);
  network.initialize(createRng(1), 1);
  return { reference, network };
}

/** The network's parameters or gradient in the reference's layout: without padding. */
function flatten(network: Mlp, from: Float32Array): readonly number[] {
  const base = network.parameters.byteOffset;
  return network.layers.flatMap(({ inputs, outputs, stride, weights, biases }) => {
    const start = (weights.byteOffset - base) / 4;
    const bias = (biases.byteOffset - base) / 4;
    const rows = Array.from({ length: inputs }, (_, i) => [
      ...from.subarray(start + i * stride, start + i * stride + outputs),
    ]);
    return [...rows.flat(), ...from.subarray(bias, bias + outputs)];
  });
}

const SHAPES: readonly (readonly number[])[] = [
  [5, 7, 6, 3],
  [49, 64, 64, 9],
  [3, 1],
  [20, 18, 1],
];

describe('reference perceptron', () => {
  it('has the gradients that finite differences give', () => {
    const rng = createRng(1);
    const network = new ReferenceMlp([5, 7, 6, 3]);
    network.initialize(rng, 1);
    const input = draw(rng, 4 * 5);
    const weights = draw(rng, 4 * 3);
    const loss = (): number => {
      const { values } = network.forward(input, 4);
      return (values[3] as Float64Array).reduce((sum, value, i) => sum + value * (weights[i] as number), 0);
    };
    const gradient = new Float64Array(network.parameters.length);
    network.backward(network.forward(input, 4), weights, gradient);
    for (let i = 0; i < gradient.length; i++) {
      const kept = network.parameters[i] as number;
      network.parameters[i] = kept + 1e-6;
      const above = loss();
      network.parameters[i] = kept - 1e-6;
      const below = loss();
      network.parameters[i] = kept;
      expect(gradient[i]).to.be.closeTo((above - below) / 2e-6, 1e-6);
    }
  });
});

describe('multilayer perceptron on WebAssembly', () => {
  for (const sizes of SHAPES) {
    const outputs = sizes.at(-1) as number;
    it(`${sizes.join('-')}: gives the reference's outputs and gradients in single precision, for any number of rows`, () => {
      const rng = createRng(2);
      for (const rows of [1, 2, 5, 8]) {
        const { reference, network } = pair(sizes, 8);
        const input = draw(rng, rows * (sizes[0] as number));
        const upstream = draw(rng, rows * outputs);
        const activations = reference.forward(input, rows);
        const expected = activations.values.at(-1) as Float64Array;
        const found = network.forward(Float32Array.from(input), rows);
        for (const [i, value] of expected.entries()) expect(found[i]).to.be.closeTo(value, 2e-5);
        const gradient = new Float64Array(reference.parameters.length);
        reference.backward(activations, upstream, gradient);
        network.backward(Float32Array.from(upstream));
        const ours = flatten(network, network.gradient);
        for (const [i, value] of gradient.entries()) expect(ours[i]).to.be.closeTo(value, 1e-4);
      }
    });

    it(`${sizes.join('-')}: descends as Adam does, norm bound included`, () => {
      const rng = createRng(3);
      const { reference, network } = pair(sizes, 4);
      const adam = new ReferenceAdam(reference.parameters.length);
      for (let step = 0; step < 20; step++) {
        const input = draw(rng, 4 * (sizes[0] as number));
        const upstream = draw(rng, 4 * outputs);
        const gradient = new Float64Array(reference.parameters.length);
        reference.backward(reference.forward(input, 4), upstream, gradient);
        adam.step(reference.parameters, gradient, 1e-3, 0.5);
        network.forward(Float32Array.from(input), 4);
        network.backward(Float32Array.from(upstream));
        network.descend(1e-3, 0.5);
      }
      const ours = flatten(network, network.parameters);
      for (const [i, value] of reference.parameters.entries()) expect(ours[i]).to.be.closeTo(value, 2e-4);
    });
  }

  it('keeps its padding at zero, whatever it learns', () => {
    const { network } = pair([5, 7, 6, 3], 4);
    const rng = createRng(4);
    for (let step = 0; step < 5; step++) {
      network.forward(Float32Array.from(draw(rng, 20)), 4);
      network.backward(Float32Array.from(draw(rng, 12)));
      network.descend(0.1, 1);
    }
    const [first] = network.layers;
    if (!first) throw new Error('no layer');
    for (let row = 0; row < 5; row++) expect(first.weights[row * first.stride + 7]).to.equal(0);
    expect(first.biases[7]).to.equal(0);
  });

  it('saturates as tanh does: from the smallest to the largest inputs', () => {
    const network = new Mlp([1, 1, 1], 1);
    const [first, second] = network.layers;
    if (!first || !second) throw new Error('no layer');
    first.weights[0] = 1;
    second.weights[0] = 1;
    for (const x of [0, 1e-6, 0.1, 0.5, 1, 2, 5, 9, 20, 1e6]) {
      expect(network.forward(Float32Array.of(x), 1)[0]).to.be.closeTo(Math.tanh(x), 3e-7);
      expect(network.forward(Float32Array.of(-x), 1)[0]).to.be.closeTo(-Math.tanh(x), 3e-7);
    }
  });

  it('starts with orthogonal weights: columns of unit length at right angles', () => {
    const network = new Mlp([8, 4], 1);
    network.initialize(createRng(2), 1);
    const column = (j: number): number[] =>
      Array.from({ length: 8 }, (_, i) => network.parameters[i * 4 + j] as number);
    for (let a = 0; a < 4; a++) {
      for (let b = 0; b < 4; b++) {
        const product = column(a).reduce((sum, value, i) => sum + value * (column(b)[i] as number), 0);
        expect(product).to.be.closeTo(a === b ? 1 : 0, 1e-6);
      }
    }
  });

  it('refuses more rows than it has room for', () => {
    expect(() => new Mlp([2, 1], 4).forward(new Float32Array(10), 5)).to.throw(RangeError);
  });

  it('ships kernels that stay small', () => {
    const wasm = readFileSync(new URL('../../src/training/kernels/assets/kernels.wasm', import.meta.url));
    expect(wasm.length).to.be.below(8192);
  });
});
