/**
 * Seeded randomness with named streams: `createRng(7).stream('arrivals')` depends on the seed and the name alone, so a
 * new consumer of randomness never shifts another one's draws.
 *
 * Generator: sfc32 (Chris Doty-Humphrey, PractRand), seeded by FNV-1a of the name mixed with the seed (splitmix32).
 * The bits are the same on every platform and Node version. Draws that use `Math.log`, `Math.cos` and the like are as
 * portable as those functions.
 */
export interface Rng {
  /** Uniform in [0, 1), 32 bits. */
  next(): number;
  /** An independent generator for this name; the parent does not move. */
  stream(name: string): Rng;
}

export function createRng(seed: number, name = ''): Rng {
  const mix = splitmix32((seed ^ hashName(name)) >>> 0, Math.floor(seed / 2 ** 32) >>> 0);
  let a = mix();
  let b = mix();
  let c = mix();
  let counter = 1;
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return (t >>> 0) / 4294967296;
  };
  for (let i = 0; i < 12; i++) next();
  return { next, stream: (child) => createRng(seed, name === '' ? child : `${name}/${child}`) };
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
