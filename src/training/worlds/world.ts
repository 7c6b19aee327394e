import type { Rng } from '../../base/rng.js';
import { loadReplicaKind, type ReplicaKind } from '../../kisim/replica-kind.js';
import { type TraceFiles, traceFilesIn } from '../../kisim/traffic/trace-files.js';
import { TRAINING_SOURCES } from '../../scenarios/training-sources.js';
import type { Ablation } from '../ablation.js';

/**
 * What replicas are in training, each as often as it is drawn. Seen by no training, and so left to judge how a policy transfers:
 * every other GPU (H100, H200, B200, L40S, MI300X, T4, RTX) and model, and prompts of twelve thousand tokens.
 */
export const TRAINING_PROFILES: Readonly<Record<string, number>> = {
  'demo-small': 3,
  'a10g-llama-3.1-8b': 3,
  'a100-80-qwen3-32b': 2,
  'l4-qwen2.5-7b': 1,
  'a100-80-llama-3.1-70b-tp4': 1,
  'a100-80-mistral-nemo-12b': 1,
};

/** What episodes are drawn from. */
export interface World {
  readonly kinds: readonly ReplicaKind[];
  /** Opens the recordings of the train split; undefined: traffic is synthetic alone. */
  readonly recordings: TraceFiles | undefined;
  /** What training is made without. */
  readonly without: readonly Ablation[];
}

/** @param data the data folder with the recordings of the train split; undefined: without them */
export function openWorld(data?: string, without: readonly Ablation[] = []): World {
  const kinds = Object.entries(TRAINING_PROFILES).flatMap(([name, weight]) => {
    const kind = loadReplicaKind(name);
    if (!kind.ok) throw new Error(kind.error);
    return Array.from({ length: weight }, () => kind.value);
  });
  return { kinds, recordings: data === undefined ? undefined : traceFilesIn(data), without };
}

/** The sources of a world, as a model card tells them. */
export function describeWorld({ recordings }: World): readonly string[] {
  return [
    'synthetic traffic families of KISim',
    ...(recordings
      ? TRAINING_SOURCES.map(({ file, model, span }) => `${file}${model ? ` ${model}` : ''}, 0 to ${span} s`)
      : []),
    ...Object.keys(TRAINING_PROFILES).map((name) => `profile ${name}`),
  ];
}

export function pick<T>(rng: Rng, values: readonly T[]): T {
  return values[Math.floor(rng.next() * values.length)] as T;
}
