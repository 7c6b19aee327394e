/**
 * Seeded randomness with named streams: `createRng(7).stream('arrivals')` depends on the seed and the name alone, so a
 * new consumer of randomness never shifts another one's draws.
 *
 * Generator: sfc32 (Chris Doty-Humphrey, PractRand), seeded by FNV-1a of the name mixed with the seed (splitmix32).
 * The bits are the same on every platform and Node version. Draws that use `Math.log` and `Math.exp` are as portable as those
 * functions (V8 carries its own, after fdlibm), and powers as `power`.
 */
export interface Rng {
  /** Uniform in [0, 1), 32 bits. */
  next(): number;
  /** An independent generator for this name; the parent does not move. */
  stream(name: string): Rng;
}

export function createRng(seed: number, name = ''): Rng {
  return new Sfc32(seed, name);
}

/** Its state lives in a typed array: as plain numbers it would be boxed at every step, at three times the cost. */
class Sfc32 implements Rng {
  readonly #seed: number;
  readonly #name: string;
  readonly #state: Int32Array;

  constructor(seed: number, name: string) {
    this.#seed = seed;
    this.#name = name;
    const mix = splitmix32((seed ^ hashName(name)) >>> 0, Math.floor(seed / 2 ** 32) >>> 0);
    this.#state = Int32Array.of(mix(), mix(), mix(), 1);
    for (let i = 0; i < 12; i++) this.next();
  }

  next(): number {
    const state = this.#state;
    const b = state[1] as number;
    const c = state[2] as number;
    const counter = state[3] as number;
    const t = ((state[0] as number) + b + counter) | 0;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + t;
    state[3] = counter + 1;
    return (t >>> 0) / 4294967296;
  }

  stream(name: string): Rng {
    return new Sfc32(this.#seed, this.#name === '' ? name : `${this.#name}/${name}`);
  }
}

/** FNV-1a over UTF-16 code units, 32 bits. */
function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function splitmix32(low: number, high: number): () => number {
  let state = (low ^ Math.imul(high, 0x9e3779b9)) | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return z ^ (z >>> 15);
  };
}
