import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type ModelCard, verifyModel } from '../../policies/onnx/model-card.js';
import type { ExportedPolicy } from '../../training/export-policy.js';
import type { Mlp } from '../../training/mlp.js';
import { ModelFileError, readPolicy } from '../../training/onnx/read-model.js';
import type { PolicyNetworks } from '../../training/onnx/write-model.js';
import { UsageError } from '../simulate/usage-error.js';

/** Where the card of a model lies. */
export function cardOf(model: string): string {
  return model.replace(/\.onnx$/, '.card.json');
}

/** The card of a model file that fits both it and this code. Throws UsageError, or as `fs` does. */
export function readCard(model: string): ModelCard {
  const verified = verifyModel(readFileSync(model), readFileSync(cardOf(model), 'utf8'));
  if (!verified.ok) throw new UsageError(`${model}: ${verified.error}`);
  return verified.value;
}

/** The networks of a model file that fits its card and this code. Throws UsageError, or as `fs` does. */
export function readModelFile(path: string, maxRows: number): PolicyNetworks {
  readCard(path);
  try {
    return readPolicy(readFileSync(path), maxRows);
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error;
    throw new UsageError(`${path}: ${error.message}`);
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
