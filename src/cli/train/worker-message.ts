import type { RolloutWorkerOptions, WorkerRollout } from '../../training/rollout-worker.js';
import type { EpisodePosition } from '../../training/scaling-environment.js';

/** What a thread is asked, one thing at a time. */
export type WorkerRequest =
  | { readonly kind: 'open'; readonly options: RolloutWorkerOptions }
  | { readonly kind: 'collect'; readonly actors: readonly Float32Array[]; readonly update: number }
  | { readonly kind: 'positions' };

/** What it answers. */
export type WorkerReply =
  | { readonly kind: 'opened' }
  | { readonly kind: 'collected'; readonly collected: WorkerRollout }
  | { readonly kind: 'positions'; readonly positions: readonly EpisodePosition[] }
  | { readonly kind: 'problem'; readonly problem: string };
