import { readFields } from './read-fields.js';

const METADATA_PROPS = 14;

/**
 * The metadata_props of an ONNX file, which the runtime's JavaScript interface does not show (microsoft/onnxruntime#16547).
 * Reads just the wire format around that field; undefined when the bytes are no protocol buffer.
 */
export function readModelMetadata(bytes: Uint8Array): Readonly<Record<string, string>> | undefined {
  const fields = readFields(bytes);
  if (!fields) return undefined;
  const metadata: Record<string, string> = Object.create(null);
  for (const { field, value } of fields) {
    if (field !== METADATA_PROPS || !value) continue;
    const pair = readFields(value);
    if (!pair) return undefined;
    const text = (wanted: number): string => new TextDecoder().decode(pair.find((one) => one.field === wanted)?.value);
    metadata[text(1)] = text(2);
  }
  return metadata;
}
