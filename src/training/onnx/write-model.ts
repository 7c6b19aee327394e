import type { Mlp } from '../mlp.js';
import { MessageWriter } from './wire.js';

/** Field numbers and constants of onnx.proto3 (onnx 1.16, Apache-2.0). */
const MODEL = { irVersion: 1, producerName: 2, graph: 7, opsetImport: 8, metadataProps: 14 };
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 };
const NODE = { input: 1, output: 2, opType: 4 };
const TENSOR = { dims: 1, dataType: 2, name: 8, rawData: 9 };
const VALUE_INFO = { name: 1, type: 2 };
const FLOAT = 1;
/** Read by onnxruntime 1.20 to 1.30. */
const IR_VERSION = 8;
const OPSET = 17;

export interface ModelDescription {
  /** Written to metadata_props, e.g. the observation schema. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * An actor as an ONNX file: input `observation` [batch, inputs] and output `logits` [batch, outputs], float32; one Gemm per
 * layer with Tanh between. The same network gives the same bytes.
 */
export function writeActor(actor: Mlp, { metadata }: ModelDescription): Uint8Array {
  const model = new MessageWriter().integer(MODEL.irVersion, IR_VERSION).text(MODEL.producerName, 'kiscaler');
  model.message(MODEL.graph, (graph) => writeGraph(graph, actor));
  model.message(MODEL.opsetImport, (opset) => opset.text(1, '').integer(2, OPSET));
  for (const [key, value] of Object.entries(metadata)) {
    model.message(MODEL.metadataProps, (property) => property.text(1, key).text(2, value));
  }
  return model.finish();
}

function writeGraph(graph: MessageWriter, { layers }: Mlp): void {
  const last = layers.length - 1;
  for (const i of layers.keys()) {
    const from = i === 0 ? 'observation' : `hidden${i - 1}`;
    const to = i === last ? 'logits' : `linear${i}`;
    writeNode(graph, 'Gemm', [from, `weights${i}`, `biases${i}`], to);
    if (i < last) writeNode(graph, 'Tanh', [to], `hidden${i}`);
  }
  graph.text(GRAPH.name, 'actor');
  for (const [i, { inputs, outputs, stride, weights, biases }] of layers.entries()) {
    const rows = Array.from({ length: inputs }, (_, row) => weights.subarray(row * stride, row * stride + outputs));
    writeTensor(graph, `weights${i}`, [inputs, outputs], rows);
    writeTensor(graph, `biases${i}`, [outputs], [biases.subarray(0, outputs)]);
  }
  writeValueInfo(graph, GRAPH.input, 'observation', layers[0]?.inputs ?? 0);
  writeValueInfo(graph, GRAPH.output, 'logits', layers[last]?.outputs ?? 0);
}

function writeNode(graph: MessageWriter, opType: string, inputs: readonly string[], output: string): void {
  graph.message(GRAPH.node, (node) => {
    for (const input of inputs) node.text(NODE.input, input);
    node.text(NODE.output, output).text(NODE.opType, opType);
  });
}

function writeTensor(graph: MessageWriter, name: string, dims: readonly number[], rows: readonly Float32Array[]): void {
  const raw = new DataView(new ArrayBuffer(4 * rows.reduce((sum, { length }) => sum + length, 0)));
  let at = 0;
  for (const row of rows) for (const value of row) raw.setFloat32(4 * at++, value, true);
  graph.message(GRAPH.initializer, (tensor) => {
    for (const dim of dims) tensor.integer(TENSOR.dims, dim);
    tensor.integer(TENSOR.dataType, FLOAT).text(TENSOR.name, name).bytes(TENSOR.rawData, new Uint8Array(raw.buffer));
  });
}

function writeValueInfo(graph: MessageWriter, field: number, name: string, width: number): void {
  graph.message(field, (info) =>
    info.text(VALUE_INFO.name, name).message(VALUE_INFO.type, (type) =>
      type.message(1, (tensor) =>
        tensor.integer(1, FLOAT).message(2, (shape) => {
          shape.message(1, (dim) => dim.text(2, 'batch'));
          shape.message(1, (dim) => dim.integer(1, width));
        }),
      ),
    ),
  );
}
