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

interface Field {
  readonly field: number;
  /** The bytes of a length-delimited field; absent for numbers. */
  readonly value?: Uint8Array;
}

function readFields(bytes: Uint8Array): readonly Field[] | undefined {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; at < bytes.length && factor < 2 ** 63; factor *= 128) {
      const byte = bytes[at++] as number;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
    return Number.NaN;
  };
  while (at < bytes.length) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    if (tag % 8 === 0) {
      if (Number.isNaN(varint())) return undefined;
      fields.push({ field });
    } else if (tag % 8 === 2) {
      const length = varint();
      if (!(at + length <= bytes.length)) return undefined;
      fields.push({ field, value: bytes.subarray(at, at + length) });
      at += length;
    } else if (tag % 8 === 1 || tag % 8 === 5) {
      at += tag % 8 === 1 ? 8 : 4;
      fields.push({ field });
    } else return undefined;
  }
  return fields;
}
