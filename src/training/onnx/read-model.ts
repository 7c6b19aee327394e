import { readFields } from '../../policies/onnx/read-fields.js';
import { Mlp } from '../mlp.js';
import type { PolicyNetworks } from './write-model.js';

const GRAPH = 7;
const INITIALIZER = 5;
const TENSOR = { dims: 1, name: 8, rawData: 9 };

/** A model file that is none of ours; the message says what is missing. */
export class ModelFileError extends Error {}

/**
 * The networks of a file that `writePolicy` wrote, to train on from or to distil.
 * @param maxRows most rows of one `forward` of the networks
 * @throws ModelFileError where the bytes hold no such networks
 */
export function readPolicy(bytes: Uint8Array, maxRows: number): PolicyNetworks {
  const graph = readFields(bytes)?.find(({ field }) => field === GRAPH)?.value;
  const tensors = new Map<string, Float32Array>();
  for (const { field, value } of (graph && readFields(graph)) ?? []) {
    if (field !== INITIALIZER || !value) continue;
    const parts = readFields(value) ?? [];
    const name = new TextDecoder().decode(parts.find((part) => part.field === TENSOR.name)?.value);
    const raw = parts.find((part) => part.field === TENSOR.rawData)?.value;
    if (raw) tensors.set(name, floatsOf(raw));
  }
  return {
    forecaster: buildNetwork('forecaster', tensors, maxRows),
    actor: buildNetwork('actor', tensors, maxRows),
  };
}

function floatsOf(raw: Uint8Array): Float32Array {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Float32Array.from({ length: raw.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

function buildNetwork(name: string, tensors: ReadonlyMap<string, Float32Array>, maxRows: number): Mlp {
  const layers: { readonly weights: Float32Array; readonly biases: Float32Array }[] = [];
  for (;;) {
    const weights = tensors.get(`${name}.weights${layers.length}`);
    const biases = tensors.get(`${name}.biases${layers.length}`);
    if (!weights || !biases) break;
    layers.push({ weights, biases });
  }
  const first = layers[0];
  if (!first) throw new ModelFileError(`the model holds no ${name} of ours`);
  const network = new Mlp(
    [first.weights.length / first.biases.length, ...layers.map(({ biases }) => biases.length)],
    maxRows,
  );
  for (const [i, { inputs, outputs, stride, weights, biases }] of network.layers.entries()) {
    const from = layers[i] as (typeof layers)[number];
    biases.set(from.biases);
    for (let row = 0; row < inputs; row++)
      weights.set(from.weights.subarray(row * outputs, (row + 1) * outputs), row * stride);
  }
  return network;
}
