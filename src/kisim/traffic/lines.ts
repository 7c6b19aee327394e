import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { gunzipSync } from 'node:zlib';
import { TraceError } from './trace-error.js';

/** Lines of a text, read anew at every call. */
export type Lines = () => Iterable<string>;

const CHUNK_BYTES = 1 << 16;

/** The lines of a string. */
export function linesOfText(text: string): Lines {
  return () => text.split('\n');
}

/** Unpacked text that fits into one string of V8. */
const LONGEST_TEXT = 2 ** 29 - 24;

/**
 * The lines of a file, a chunk at a time, so that a long trace does not have to fit into memory; a file whose name ends in `.gz`
 * is unpacked whole, at most half a gigabyte. Throws TraceError, and as `fs` does.
 */
export function linesOfFile(path: string): Lines {
  if (path.endsWith('.gz')) return () => unpack(path, readFileSync(path)).split('\n');
  return function* () {
    const file = openSync(path, 'r');
    try {
      if (fstatSync(file).isDirectory()) throw new TraceError(undefined, 'must be a file, found a folder', path);
      const decoder = new StringDecoder('utf8');
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      let rest = '';
      for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk)) {
        const lines = (rest + decoder.write(chunk.subarray(0, size))).split('\n');
        rest = lines.pop() ?? '';
        yield* lines;
      }
      if (rest !== '') yield rest;
    } finally {
      closeSync(file);
    }
  };
}

function unpack(path: string, packed: Buffer): string {
  try {
    return gunzipSync(packed, { maxOutputLength: LONGEST_TEXT }).toString('utf8');
  } catch (cause) {
    throw new TraceError(undefined, `cannot be unpacked: ${cause instanceof Error ? cause.message : cause}`, path);
  }
}
