/** One field of a protocol-buffer message. */
export interface Field {
  readonly field: number;
  /** The bytes of a length-delimited field; absent for numbers. */
  readonly value?: Uint8Array;
}

/**
 * The fields of a message: numbers without their value, length-delimited ones with their bytes; undefined when the bytes are no
 * message. Source: protobuf.dev/programming-guides/encoding.
 */
export function readFields(bytes: Uint8Array): readonly Field[] | undefined {
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
