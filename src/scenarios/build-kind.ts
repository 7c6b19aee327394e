import { type ReplicaKind, replicaKindOf } from '../kisim/replica-kind.js';
import type { Scenario } from './scenario.js';
import { ScenarioError } from './scenario-error.js';

/** The replicas of a scenario: its profile's, with what its `engine` block says otherwise. Throws ScenarioError. */
export function buildKind({ engine }: Pick<Scenario, 'engine'>, kind: ReplicaKind): ReplicaKind {
  if (!engine) return kind;
  const { profile } = kind;
  if (profile.engine !== 'triton')
    throw new ScenarioError(`engine: only for a profile of triton, found one of ${profile.engine}`);
  const {
    maxBatchSize = profile.maxBatchSize,
    preferredBatchSizes = profile.preferredBatchSizes.filter((size) => size <= maxBatchSize),
    maxQueueDelay = profile.maxQueueDelay,
    instances = profile.instances,
  } = engine;
  const largest = Math.max(0, ...preferredBatchSizes);
  if (largest > maxBatchSize)
    throw new ScenarioError(
      `engine.preferredBatchSizes: must be at most maxBatchSize (${maxBatchSize}), found ${largest}`,
    );
  const maxNumSeqs = maxBatchSize * instances;
  return replicaKindOf({ ...profile, maxBatchSize, preferredBatchSizes, maxQueueDelay, instances, maxNumSeqs });
}
