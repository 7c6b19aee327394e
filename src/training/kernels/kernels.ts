import { readFileSync } from 'node:fs';

/** The functions of kernels.wasm; see assets/kernels.ts for what each computes. Pointers are byte offsets. */
export interface Kernels {
  dense(x: number, w: number, b: number, out: number, rows: number, inputs: number, outputs: number): void;
  weightGradient(x: number, up: number, dw: number, db: number, rows: number, inputs: number, outputs: number): void;
  inputGradient(up: number, w: number, h: number, down: number, rows: number, inputs: number, outputs: number): void;
  tanhInPlace(x: number, count: number): void;
  sumOfSquares(x: number, count: number): number;
  adam(p: number, g: number, m: number, v: number, count: number, scale: number, rate: number, epsilon: number): void;
}

const PAGE_BYTES = 65_536;
const FLOAT_BYTES = 4;
/** The first bytes are left alone, so that no pointer is 0. */
const FIRST_FLOAT = 16;

let compiled: WebAssembly.Module | undefined;

/** A memory for `floats` single-precision numbers, all 0, and the kernels that work on it. */
export class KernelMemory {
  readonly kernels: Kernels;
  readonly #memory: WebAssembly.Memory;
  #used = FIRST_FLOAT;

  constructor(floats: number) {
    const pages = Math.ceil(((FIRST_FLOAT + floats) * FLOAT_BYTES) / PAGE_BYTES);
    compiled ??= new WebAssembly.Module(readFileSync(new URL('./assets/kernels.wasm', import.meta.url)));
    this.#memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory: this.#memory } });
    this.kernels = exports as Kernels;
  }

  /** The next `length` numbers as a view that stays valid; its `byteOffset` is the pointer to pass. */
  allocate(length: number): Float32Array<ArrayBuffer> {
    const view = new Float32Array(this.#memory.buffer, this.#used * FLOAT_BYTES, length);
    this.#used += length;
    return view;
  }
}
