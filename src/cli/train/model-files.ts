import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { verifyModel } from '../../policies/onnx/model-card.js';
import type { ExportedPolicy } from '../../training/export-policy.js';
import type { Mlp } from '../../training/mlp.js';
import { readPolicy } from '../../training/onnx/read-model.js';
import type { PolicyNetworks } from '../../training/onnx/write-model.js';
import { isFileError, UsageError } from '../simulate/usage-error.js';

const cardOf = (path: string): string => path.replace(/\.onnx$/, '.card.json');

/** The networks of a model file that fits its card and this code. Throws UsageError. */
export function readModelFile(path: string, maxRows: number): PolicyNetworks {
  try {
    const bytes = readFileSync(path);
    const verified = verifyModel(bytes, readFileSync(cardOf(path), 'utf8'));
    if (!verified.ok) throw new UsageError(`${path}: ${verified.error}`);
    return readPolicy(bytes, maxRows);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (isFileError(error) || error instanceof Error) throw new UsageError(`${path}: ${error.message}`);
    throw error;
  }
}

/** The file and its card. */
export function writeModelFile(path: string, { model, card }: ExportedPolicy): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, model);
  writeFileSync(cardOf(path), `${JSON.stringify(card, undefined, 1)}\n`);
}

export function hashOf(network: Mlp): string {
  const { buffer, byteOffset, byteLength } = network.parameters;
  return createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex')
    .slice(0, 16);
}

export function currentCommit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}
