/**
 * Writes protocol-buffer messages field by field: just enough of the wire format (varint, length-delimited) for ONNX files.
 * Source: protobuf.dev/programming-guides/encoding.
 */
export class MessageWriter {
  readonly #parts: Uint8Array[] = [];

  /** A field of a non-negative integer below 2^53. */
  integer(field: number, value: number): this {
    this.#parts.push(encodeVarint(field * 8), encodeVarint(value));
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#parts.push(encodeVarint(field * 8 + 2), encodeVarint(value.length), value);
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, write: (inner: MessageWriter) => void): this {
    const inner = new MessageWriter();
    write(inner);
    return this.bytes(field, inner.finish());
  }

  finish(): Uint8Array {
    const out = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }
}

function encodeVarint(value: number): Uint8Array {
  const out: number[] = [];
  let left = value;
  while (left >= 128) {
    out.push((left % 128) + 128);
    left = Math.floor(left / 128);
  }
  out.push(left);
  return Uint8Array.from(out);
}
