import { Option } from '@commander-js/extra-typings';
import { drawMatrix } from '../../evaluation/matrix/draw-matrix.js';
import { SPLITS } from '../../evaluation/matrix/matrix.js';
import { type MatrixCasesOptions, matrixCases } from '../../evaluation/matrix/matrix-cases.js';
import { formatMatrix, loadMatrix } from '../../evaluation/matrix/matrix-file.js';
import { SOURCES } from '../../evaluation/matrix/sources.js';
import type { EvaluationCase } from '../../evaluation/planned-run.js';
import { LATENCIES } from '../../scenarios/served-latency.js';
import { UsageError } from '../simulate/usage-error.js';

/** Of the matrix that ships: the first from 20261127 on for which no window of a sparse series is silent. */
const SEED = 20_261_129;

export const SPLIT_OPTION = new Option(
  '--split <name>',
  'windows of the matrix of judging instead of --traffic',
).choices(SPLITS);
export const DATA_OPTION = new Option('--data <dir>', 'folder that holds the files of the matrix').env('KISCALER_DATA');
export const WINDOWS_OPTION = new Option('--windows <ids...>', 'only these windows of the split, or all of a source');

/** The matrix that ships, in words: its hash, and how many windows of how many sources each split has. */
export function describeMatrix(): string {
  const { matrix, hash } = loadMatrix();
  const lines = SPLITS.map((split) => {
    const windows = matrix.windows.filter((window) => window.split === split);
    const sources = new Set(windows.map(({ id }) => id.split('/')[0]));
    const hours = windows.reduce((sum, { length }) => sum + length / 3600, 0);
    return `${split}: ${windows.length} windows of ${sources.size} sources, ${hours.toFixed(0)} h`;
  });
  return `sha256 ${hash}\n${lines.join('\n')}\n`;
}

/** The matrix drawn anew, as its file has it. */
export function drawnMatrix(): string {
  return formatMatrix(drawMatrix(SEED, SOURCES, LATENCIES));
}

/**
 * The windows of a split. Throws UsageError where a file is needed and there is no folder, a window is not there, or one of
 * them cannot be on the profile.
 */
export function openSplit(split: (typeof SPLITS)[number], options: MatrixCasesOptions): readonly EvaluationCase[] {
  const { matrix } = loadMatrix();
  try {
    const cases = matrixCases(matrix, split, options);
    if (cases.length === 0) throw new UsageError(`--split ${split}: needs --data, the folder of its files`);
    return cases;
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}
