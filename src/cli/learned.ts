import { fileURLToPath } from 'node:url';
import { createSystemClock } from '../base/clock.js';
import { loadOnnxPolicy, type ModelRun, type OnnxPolicy } from '../policies/onnx/onnx-policy.js';
import { readPolicy } from '../training/onnx/read-model.js';
import { runNetworks } from '../training/run-networks.js';

/** The model that ships. */
export const DEFAULT_MODEL = fileURLToPath(new URL('../../models/policy.onnx', import.meta.url));

/** Nobody waits for one answer of a simulation, and its result must not depend on how fast the machine is. */
const SLOW_AFTER = Number.POSITIVE_INFINITY;

/** Most questions of one batch of a simulation: one fleet, or the few candidates of an explanation. */
const MAX_ROWS = 64;

/**
 * The learned policy of a model file, run by the training's own kernels as simulations need it; the server runs the same file by
 * onnxruntime. Undefined, with the reason on stderr, when it cannot be loaded.
 */
export async function loadLearned(path: string = DEFAULT_MODEL): Promise<OnnxPolicy | undefined> {
  const loaded = await loadOnnxPolicy(path, createSystemClock().monotonic, SLOW_AFTER, openKernels);
  if (loaded.ok) return loaded.value;
  process.stderr.write(`kiscaler: no learned policy: ${loaded.error}\n`);
  return undefined;
}

async function openKernels(bytes: Uint8Array): Promise<ModelRun> {
  const networks = readPolicy(bytes, MAX_ROWS);
  return async (rows, batch) => runNetworks(networks, rows, batch);
}
