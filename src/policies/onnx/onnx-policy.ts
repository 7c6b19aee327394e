import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { err, ok, type Result } from '../../base/result.js';
import type { Seconds } from '../../base/units.js';
import { ACTIONS, applyAction, writeActionMask } from '../../decision/action.js';
import type { Proposal, ProposalFailure } from '../../decision/decision.js';
import { computeQplan, FORECAST_SIZE, type Forecast, readForecast } from '../../decision/forecast.js';
import { OBSERVATION_SIZE, writeObservation } from '../../decision/observation.js';
import type { Situation } from '../../decision/situation.js';
import { situationOf } from '../../decision/situation.js';
import type { Window } from '../../decision/window.js';
import type { Workload } from '../../decision/workload.js';
import type { LearnedPolicy, PolicyInput } from '../policy.js';
import { LEARNED } from '../registry.js';
import { type ModelCard, verifyModel } from './model-card.js';

/** Proposals of a trained network. It never throws: what goes wrong is a failed proposal, and the planner answers. */
export interface OnnxPolicy extends LearnedPolicy {
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

/** What a model says of a batch: raw quantiles [batch][FORECAST_SIZE] and logits [batch][ACTIONS.length]. */
export interface ModelOutput {
  readonly quantiles: Float32Array;
  readonly logits: Float32Array;
}

/** Runs a model on rows [batch][OBSERVATION_SIZE]. */
export type ModelRun = (rows: Float32Array, batch: number) => Promise<ModelOutput>;

/**
 * Loads `path` and its card (`.card.json` in place of `.onnx`): size, checksum, schema, session, golden vectors, in this order.
 * The error says which of them failed.
 * @param monotonic seconds of a steady clock, to notice a slow run
 * @param slowAfter how long a run may take
 * @param open what runs the file's bytes: onnxruntime, unless another runtime is given
 */
export async function loadOnnxPolicy(
  path: string,
  monotonic: () => Seconds,
  slowAfter: Seconds = TOO_SLOW,
  open: (bytes: Uint8Array) => Promise<ModelRun> = openSession,
): Promise<Result<OnnxPolicy, string>> {
  try {
    const [bytes, cardText] = await Promise.all([
      readFile(path),
      readFile(path.replace(/\.onnx$/, '.card.json'), 'utf8'),
    ]);
    const verified = verifyModel(bytes, cardText);
    if (!verified.ok) return verified;
    const run = await open(bytes);
    const tested = await selfTest(run, verified.value);
    return tested.ok ? ok(createPolicy(run, verified.value, monotonic, slowAfter)) : tested;
  } catch (cause) {
    return err(cause instanceof Error ? cause.message : 'the model cannot be loaded');
  }
}

async function selfTest(run: ModelRun, { golden }: ModelCard): Promise<Result<true, string>> {
  const rows = Float32Array.from(golden.flatMap(({ observation }) => observation));
  if (rows.length !== golden.length * OBSERVATION_SIZE)
    return err('a golden observation has another length than this code writes');
  const { quantiles, logits } = await run(rows, golden.length);
  if (logits.length !== golden.length * ACTIONS.length)
    return err('the model has another number of actions than this code');
  const isEqual =
    isClose(
      quantiles,
      golden.flatMap((pair) => pair.quantiles),
    ) &&
    isClose(
      logits,
      golden.flatMap((pair) => pair.logits),
    );
  return isEqual ? ok(true) : err('the model does not give the golden outputs of its card');
}

function isClose(found: Float32Array, expected: readonly number[]): boolean {
  return expected.every((value, i) => Math.abs((found[i] ?? Number.NaN) - value) <= TOLERANCE);
}

/** What one run says of one question. */
type Answer =
  | { readonly ok: true; readonly forecast: Forecast; readonly logits: Float32Array }
  | { readonly ok: false; readonly because: ProposalFailure };

function createPolicy(run: ModelRun, card: ModelCard, monotonic: () => Seconds, slowAfter: Seconds): OnnxPolicy {
  let failuresInARow = 0;
  /** Every policy on this model asks for the same windows: one run answers them all. */
  const answers = new WeakMap<Window, { readonly workload: Workload; readonly answer: Promise<Answer> }>();
  const isKnown = ({ workload, window }: PolicyInput): boolean => answers.get(window)?.workload === workload;
  const policy: OnnxPolicy = {
    name: LEARNED,
    card,
    isBroken: false,
    async propose(batch) {
      const known = await ask(batch);
      return batch.map(({ workload, window }, i) => toProposal(situationOf(workload, window), known[i] as Answer));
    },
    async forecast(batch) {
      return (await ask(batch)).map((answer) => (answer.ok ? ok(answer.forecast) : err(answer.because)));
    },
  };
  return policy;

  async function ask(batch: readonly PolicyInput[]): Promise<readonly Answer[]> {
    if (policy.isBroken || failuresInARow >= QUARANTINE_AFTER) return batch.map(() => refused('KIS_MODEL_INVALID'));
    const fresh = batch.filter((input) => !isKnown(input));
    if (fresh.length > 0) {
      const answered = answerAll(fresh.map(({ workload, window }) => situationOf(workload, window)));
      for (const [i, { workload, window }] of fresh.entries())
        answers.set(window, { workload, answer: answered.then((all) => all[i] as Answer) });
    }
    return Promise.all(batch.map(({ window }) => answers.get(window)?.answer ?? refused('KIS_MODEL_INVALID')));
  }

  async function answerAll(situations: readonly Situation[]): Promise<readonly Answer[]> {
    const rows = new Float32Array(situations.length * OBSERVATION_SIZE);
    for (const [i, situation] of situations.entries()) writeObservation(situation, rows, i * OBSERVATION_SIZE);
    const started = monotonic();
    const { quantiles, logits } = await run(rows, situations.length);
    if (monotonic() - started > slowAfter) return situations.map(() => refused('KIS_MODEL_SLOW'));
    const isWhole =
      logits.length === situations.length * ACTIONS.length && quantiles.length === situations.length * FORECAST_SIZE;
    if (!isWhole || !logits.every(Number.isFinite) || !quantiles.every(Number.isFinite)) {
      failuresInARow++;
      return situations.map(() => refused('KIS_MODEL_NOT_FINITE'));
    }
    failuresInARow = 0;
    return situations.map((situation, i) => {
      const observation = rows.subarray(i * OBSERVATION_SIZE, (i + 1) * OBSERVATION_SIZE);
      if (!isFamiliar(observation, card)) return refused('KIS_MODEL_OUT_OF_RANGE');
      const forecast = readForecast(quantiles, i * FORECAST_SIZE, situation);
      return { ok: true, forecast, logits: logits.subarray(i * ACTIONS.length, (i + 1) * ACTIONS.length) };
    });
  }
}

const refused = (because: ProposalFailure): Answer => ({ ok: false, because });

function toProposal(situation: Situation, answer: Answer): Proposal {
  if (!answer.ok) return { policy: LEARNED, ...answer };
  const { forecast, logits } = answer;
  const plan = computeQplan(situation, forecast);
  const mask = new Uint8Array(ACTIONS.length);
  writeActionMask(situation, plan, mask);
  return { policy: LEARNED, ok: true, replicas: applyAction(argmax(logits, mask), situation, plan), forecast };
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
  let best = mask.indexOf(1);
  for (let j = best + 1; j < scores.length; j++)
    if (mask[j] === 1 && (scores[j] as number) > (scores[best] as number)) best = j;
  return best;
}

async function openSession(bytes: Uint8Array): Promise<ModelRun> {
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  return async (rows, batch) => {
    const feeds = { observation: new Tensor('float32', rows, [batch, rows.length / batch]) };
    const { quantiles, logits } = await session.run(feeds, ['quantiles', 'logits']);
    return { quantiles: floats(quantiles), logits: floats(logits) };
  };
}

function floats(tensor: Tensor | undefined): Float32Array {
  return tensor?.data instanceof Float32Array ? tensor.data : new Float32Array(0);
}
