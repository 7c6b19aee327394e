import { loadReplicaKind, type ReplicaKind } from '../../../src/kisim/replica-kind.js';

/** Replicas of a profile by name or path. */
export function kindOf(name: string): ReplicaKind {
  const kind = loadReplicaKind(name);
  if (!kind.ok) throw new Error(kind.error);
  return kind.value;
}
