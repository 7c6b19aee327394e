import type { CutOff } from './environment.js';

/** Numbers of one row of each kind. */
export interface RowSizes {
  readonly observationSize: number;
  /** What the critic sees beside the observation; 0: nothing. */
  readonly truthSize: number;
  readonly actionCount: number;
}

/** What environments went through, row-major [numSteps][numEnvs]; plain data, so that a thread can hand it to another. */
export interface Rollout {
  readonly numSteps: number;
  readonly numEnvs: number;
  /** [...][observationSize] */
  readonly observations: Float32Array;
  /** [...][truthSize] */
  readonly truths: Float32Array;
  /** [...][actionCount] */
  readonly masks: Uint8Array;
  readonly actions: Int32Array;
  /** Of the action that was taken. */
  readonly logProbs: Float64Array;
  readonly rewards: Float64Array;
  /** 1 where the step ended its episode (terminated or truncated). */
  readonly ends: Uint8Array;
  /** States that time limits cut off, by the index of their step. */
  readonly cutOffs: readonly (CutOff & { readonly index: number })[];
  /** What the environments show after the last step, [numEnvs][observationSize] and [numEnvs][truthSize]. */
  readonly lastObservations: Float32Array;
  readonly lastTruths: Float32Array;
}

export function createRollout(
  numSteps: number,
  numEnvs: number,
  { observationSize, truthSize, actionCount }: RowSizes,
): Omit<Rollout, 'cutOffs'> & { readonly cutOffs: (CutOff & { readonly index: number })[] } {
  const size = numSteps * numEnvs;
  return {
    numSteps,
    numEnvs,
    observations: new Float32Array(size * observationSize),
    truths: new Float32Array(size * truthSize),
    masks: new Uint8Array(size * actionCount),
    actions: new Int32Array(size),
    logProbs: new Float64Array(size),
    rewards: new Float64Array(size),
    ends: new Uint8Array(size),
    cutOffs: [],
    lastObservations: new Float32Array(numEnvs * observationSize),
    lastTruths: new Float32Array(numEnvs * truthSize),
  };
}

/** Puts the rollouts of some environments beside those of others, in the order given. */
export function joinRollouts(parts: readonly Rollout[], sizes: RowSizes): Rollout {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const numSteps = only?.numSteps ?? 0;
  const numEnvs = parts.reduce((sum, part) => sum + part.numEnvs, 0);
  const whole = createRollout(numSteps, numEnvs, sizes);
  let first = 0;
  for (const part of parts) {
    const place = (to: Writable, from: Readable, width: number): void => {
      for (let t = 0; t < numSteps; t++) {
        const row = from.subarray(t * part.numEnvs * width, (t + 1) * part.numEnvs * width);
        to.set(row, (t * numEnvs + first) * width);
      }
    };
    place(whole.observations, part.observations, sizes.observationSize);
    place(whole.truths, part.truths, sizes.truthSize);
    place(whole.masks, part.masks, sizes.actionCount);
    for (const one of ['actions', 'logProbs', 'rewards', 'ends'] as const) place(whole[one], part[one], 1);
    for (const { index, ...cutOff } of part.cutOffs) {
      const step = Math.floor(index / part.numEnvs);
      whole.cutOffs.push({ ...cutOff, index: step * numEnvs + first + (index % part.numEnvs) });
    }
    whole.lastObservations.set(part.lastObservations, first * sizes.observationSize);
    whole.lastTruths.set(part.lastTruths, first * sizes.truthSize);
    first += part.numEnvs;
  }
  return { ...whole, cutOffs: whole.cutOffs.sort((a, b) => a.index - b.index) };
}

interface Readable extends ArrayLike<number> {
  subarray(begin: number, end: number): Readable;
}
interface Writable {
  set(from: ArrayLike<number>, offset: number): void;
}
