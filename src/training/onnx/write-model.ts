import type { Mlp } from '../mlp.js';
import { MessageWriter } from './wire.js';

/** Field numbers and constants of onnx.proto3 (onnx 1.16, Apache-2.0). */
const MODEL = { irVersion: 1, producerName: 2, graph: 7, opsetImport: 8, metadataProps: 14 };
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 };
const NODE = { input: 1, output: 2, opType: 4, attribute: 5 };
const ATTRIBUTE = { name: 1, integer: 3, type: 20 };
const ATTRIBUTE_INT = 2;
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

/** Forecaster and actor, as they are served together. */
export interface PolicyNetworks {
  /** [observation -> FORECAST_SIZE] raw quantiles. */
  readonly forecaster: Mlp;
  /** [observation and raw quantiles -> actions] logits. */
  readonly actor: Mlp;
}

/**
 * A policy as one ONNX file: input `observation` [batch, features]; outputs `quantiles` [batch, FORECAST_SIZE] of the forecaster
 * and `logits` [batch, actions] of the actor, which sees the observation and the quantiles; float32; one Gemm per layer with
 * Tanh between. The same networks give the same bytes.
 */
export function writePolicy({ forecaster, actor }: PolicyNetworks, { metadata }: ModelDescription): Uint8Array {
  const model = new MessageWriter().integer(MODEL.irVersion, IR_VERSION).text(MODEL.producerName, 'kiscaler');
  model.message(MODEL.graph, (graph) => {
    writeNetwork(graph, 'forecaster', forecaster, 'observation', 'quantiles');
    writeNode(graph, 'Concat', ['observation', 'quantiles'], 'seen', (attribute) =>
      attribute.text(ATTRIBUTE.name, 'axis').integer(ATTRIBUTE.integer, 1).integer(ATTRIBUTE.type, ATTRIBUTE_INT),
    );
    writeNetwork(graph, 'actor', actor, 'seen', 'logits');
    graph.text(GRAPH.name, 'policy');
    writeInitializers(graph, 'forecaster', forecaster);
    writeInitializers(graph, 'actor', actor);
    writeValueInfo(graph, GRAPH.input, 'observation', forecaster.layers[0]?.inputs ?? 0);
    writeValueInfo(graph, GRAPH.output, 'quantiles', forecaster.layers.at(-1)?.outputs ?? 0);
    writeValueInfo(graph, GRAPH.output, 'logits', actor.layers.at(-1)?.outputs ?? 0);
  });
  model.message(MODEL.opsetImport, (opset) => opset.text(1, '').integer(2, OPSET));
  for (const [key, value] of Object.entries(metadata)) {
    model.message(MODEL.metadataProps, (property) => property.text(1, key).text(2, value));
  }
  return model.finish();
}

function writeNetwork(graph: MessageWriter, name: string, { layers }: Mlp, input: string, output: string): void {
  const last = layers.length - 1;
  for (const i of layers.keys()) {
    const from = i === 0 ? input : `${name}.hidden${i - 1}`;
    const to = i === last ? output : `${name}.linear${i}`;
    writeNode(graph, 'Gemm', [from, `${name}.weights${i}`, `${name}.biases${i}`], to);
    if (i < last) writeNode(graph, 'Tanh', [to], `${name}.hidden${i}`);
  }
}

function writeInitializers(graph: MessageWriter, name: string, { layers }: Mlp): void {
  for (const [i, { inputs, outputs, stride, weights, biases }] of layers.entries()) {
    const rows = Array.from({ length: inputs }, (_, row) => weights.subarray(row * stride, row * stride + outputs));
    writeTensor(graph, `${name}.weights${i}`, [inputs, outputs], rows);
    writeTensor(graph, `${name}.biases${i}`, [outputs], [biases.subarray(0, outputs)]);
  }
}

function writeNode(
  graph: MessageWriter,
  opType: string,
  inputs: readonly string[],
  output: string,
  writeAttribute?: (attribute: MessageWriter) => void,
): void {
  graph.message(GRAPH.node, (node) => {
    for (const input of inputs) node.text(NODE.input, input);
    node.text(NODE.output, output).text(NODE.opType, opType);
    if (writeAttribute) node.message(NODE.attribute, writeAttribute);
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
