import { fileURLToPath } from 'node:url';
import { createSystemClock } from '../base/clock.js';
import { loadOnnxPolicy, type OnnxPolicy } from '../policies/onnx/onnx-policy.js';

/** The model that ships. */
export const DEFAULT_MODEL = fileURLToPath(new URL('../../models/policy.onnx', import.meta.url));

/** Nobody waits for one answer of a simulation, and its result must not depend on how fast the machine is. */
const SLOW_AFTER = Number.POSITIVE_INFINITY;

/** The learned policy of a model file; undefined, with the reason on stderr, when it cannot be loaded. */
export async function loadLearned(path: string = DEFAULT_MODEL): Promise<OnnxPolicy | undefined> {
  const loaded = await loadOnnxPolicy(path, createSystemClock().monotonic, SLOW_AFTER);
  if (loaded.ok) return loaded.value;
  process.stderr.write(`kiscaler: no learned policy: ${loaded.error}\n`);
  return undefined;
}
