import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type Matrix, matrixSchema } from './matrix.js';

const FILE = new URL('../assets/matrix.yaml', import.meta.url);

/** A matrix and what it is known by: the SHA-256 of its file, to be written down before anything is trained. */
export interface HashedMatrix {
  readonly matrix: Matrix;
  readonly hash: string;
}

/** The matrix that ships. */
export function loadMatrix(): HashedMatrix {
  const text = readFileSync(FILE, 'utf8');
  return { matrix: matrixSchema.parse(parse(text)), hash: createHash('sha256').update(text).digest('hex') };
}

/** A matrix as its file has it: YAML, one line a window. */
export function formatMatrix({ seed, sources, windows }: Matrix): string {
  const line = (value: object): string => `  - ${JSON.stringify(value)}`;
  return [
    '# What policies are tuned on (train), chosen by (select) and judged by (judge): drawn once, by kiscaler evaluate --draw-matrix.',
    '# Files are named within a data folder; times are seconds. src/evaluation/matrix explains the fields.',
    `seed: ${seed}`,
    'sources:',
    ...sources.map(line),
    'windows:',
    ...windows.map(line),
    '',
  ].join('\n');
}
