import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { err, ok, type Result } from '../../base/result.js';
import type { Seconds } from '../../base/units.js';
import { ACTIONS, applyAction, writeActionMask } from '../../decision/action.js';
import type { Proposal, ProposalFailure } from '../../decision/decision.js';
import { OBSERVATION_SIZE, writeObservation } from '../../decision/observation.js';
import { assess, type Situation } from '../../decision/situation.js';
import type { Policy, PolicyInput } from '../policy.js';
import { LEARNED } from '../registry.js';
import { type ModelCard, verifyModel } from './model-card.js';

/** Proposals of a trained network. It never throws: what goes wrong is a failed proposal, and the planner answers. */
export interface OnnxPolicy extends Policy {
  readonly card: ModelCard;
  /** While true, every proposal fails as if the file had gone bad; for drills. */
  isBroken: boolean;
}

const TOLERANCE = 1e-5;
/** Measured runs take 50 us; what takes this long is stuck, or starved of CPU. */
const TOO_SLOW: Seconds = 0.02;
const QUARANTINE_AFTER = 3;
/** Features may leave the range seen in training by this share of it before the network counts as out of its depth. */
const RANGE_MARGIN = 0.25;

/**
 * Loads `path` and its card (`.card.json` in place of `.onnx`): size, checksum, schema, session, golden vectors, in this order.
 * The error says which of them failed.
 * @param monotonic seconds of a steady clock, to notice a slow run
 * @param slowAfter how long a run may take
 */
export async function loadOnnxPolicy(
  path: string,
  monotonic: () => Seconds,
  slowAfter: Seconds = TOO_SLOW,
): Promise<Result<OnnxPolicy, string>> {
  try {
    const [bytes, cardText] = await Promise.all([
      readFile(path),
      readFile(path.replace(/\.onnx$/, '.card.json'), 'utf8'),
    ]);
    const verified = verifyModel(bytes, cardText);
    if (!verified.ok) return verified;
    const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, interOpNumThreads: 1 });
    const tested = await selfTest(session, verified.value);
    return tested.ok ? ok(createPolicy(session, verified.value, monotonic, slowAfter)) : tested;
  } catch (cause) {
    return err(cause instanceof Error ? cause.message : 'the model cannot be loaded');
  }
}

async function selfTest(session: InferenceSession, { golden }: ModelCard): Promise<Result<true, string>> {
  const rows = Float32Array.from(golden.flatMap(({ observation }) => observation));
  if (rows.length !== golden.length * OBSERVATION_SIZE)
    return err('a golden observation has another length than this code writes');
  const logits = await run(session, rows, golden.length);
  if (logits.length !== golden.length * ACTIONS.length)
    return err('the model has another number of actions than this code');
  const expected = golden.flatMap((pair) => pair.logits);
  const isEqual = expected.every((value, i) => Math.abs((logits[i] ?? Number.NaN) - value) <= TOLERANCE);
  return isEqual ? ok(true) : err('the model does not give the golden outputs of its card');
}

function createPolicy(
  session: InferenceSession,
  card: ModelCard,
  monotonic: () => Seconds,
  slowAfter: Seconds,
): OnnxPolicy {
  let failuresInARow = 0;
  const policy: OnnxPolicy = {
    name: LEARNED,
    card,
    isBroken: false,
    async propose(batch) {
      if (policy.isBroken || failuresInARow >= QUARANTINE_AFTER) return batch.map(() => failed('KIS_MODEL_INVALID'));
      if (batch.length === 0) return [];
      const situations = batch.map(({ workload, window }: PolicyInput) => assess(workload, window));
      const rows = new Float32Array(batch.length * OBSERVATION_SIZE);
      for (const [i, situation] of situations.entries()) writeObservation(situation, rows, i * OBSERVATION_SIZE);
      const started = monotonic();
      const logits = await run(session, rows, batch.length);
      if (monotonic() - started > slowAfter) return batch.map(() => failed('KIS_MODEL_SLOW'));
      if (logits.length !== batch.length * ACTIONS.length || !logits.every(Number.isFinite)) {
        failuresInARow++;
        return batch.map(() => failed('KIS_MODEL_NOT_FINITE'));
      }
      failuresInARow = 0;
      return situations.map((situation, i) => toProposal(situation, rows, logits, i, card));
    },
  };
  return policy;
}

function toProposal(
  situation: Situation,
  rows: Float32Array,
  logits: Float32Array,
  i: number,
  card: ModelCard,
): Proposal {
  const observation = rows.subarray(i * OBSERVATION_SIZE, (i + 1) * OBSERVATION_SIZE);
  if (!isFamiliar(observation, card)) return failed('KIS_MODEL_OUT_OF_RANGE');
  const mask = new Uint8Array(ACTIONS.length);
  writeActionMask(situation, mask);
  const scores = logits.subarray(i * ACTIONS.length, (i + 1) * ACTIONS.length);
  return { policy: LEARNED, ok: true, replicas: applyAction(argmax(scores, mask), situation) };
}

/** Whether every feature lies where training has been, give or take a margin. */
export function isFamiliar(observation: Float32Array, { ranges }: Pick<ModelCard, 'ranges'>): boolean {
  return observation.every((value, k) => {
    const low = ranges.low[k] ?? Number.NaN;
    const high = ranges.high[k] ?? Number.NaN;
    const margin = RANGE_MARGIN * Math.max(high - low, 0.1);
    return value >= low - margin && value <= high + margin;
  });
}

/** The best legal action, the first of equals: no sampling, so that every replica of the scaler answers alike. */
export function argmax(scores: Float32Array, mask: Uint8Array): number {
  let best = 0;
  for (let j = 1; j < scores.length; j++)
    if (mask[j] === 1 && (scores[j] as number) > (scores[best] as number)) best = j;
  return best;
}

const failed = (because: ProposalFailure): Proposal => ({ policy: LEARNED, ok: false, because });

async function run(session: InferenceSession, rows: Float32Array, batch: number): Promise<Float32Array> {
  const feeds = { observation: new Tensor('float32', rows, [batch, rows.length / batch]) };
  const { logits } = await session.run(feeds, ['logits']);
  return logits?.data instanceof Float32Array ? logits.data : new Float32Array(0);
}
