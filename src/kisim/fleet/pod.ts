import type { Requests, Seconds } from '../../base/units.js';
import type { Replica } from '../replica/replica.js';

/** `starting` covers scheduling, image, weights and engine start-up; `draining` takes no new requests. */
export type PodPhase = 'starting' | 'ready' | 'draining' | 'gone';

/** One pod of the fleet. Ordinals count creations, so the n-th pod of two paired runs draws alike. */
export interface Pod {
  readonly ordinal: number;
  readonly name: string;
  readonly createdAt: Seconds;
  phase: PodPhase;
  /** When it became or will become ready. */
  readyAt: Seconds;
  /** When it was removed; Infinity while it exists. */
  goneAt: Seconds;
  /** Its engine, from the moment it is ready. */
  replica: Replica | undefined;
  /** Requests handed over and not ended. */
  inFlight: Requests;
  /** When its engine has something to do without further arrivals; Infinity when idle. */
  nextAt: Seconds;
  /** When its engine last ended a request: an emptied draining pod leaves then. */
  lastEndAt: Seconds;
}

export function createPod(ordinal: number, createdAt: Seconds, readyAt: Seconds): Pod {
  return {
    ordinal,
    name: `replica-${ordinal}`,
    createdAt,
    phase: 'starting',
    readyAt,
    goneAt: Number.POSITIVE_INFINITY,
    replica: undefined,
    inFlight: 0,
    nextAt: Number.POSITIVE_INFINITY,
    lastEndAt: createdAt,
  };
}

/**
 * The pod that a ReplicaSet removes first: one that is not ready before one that is, the youngest of its kind
 * (pkg/controller/controller_utils.go, ActivePodsWithRanks; its coarse logarithmic ages are left out).
 */
export function chooseVictim(pods: readonly Pod[]): Pod | undefined {
  let victim: Pod | undefined;
  for (const pod of pods) {
    if (pod.phase !== 'starting' && pod.phase !== 'ready') continue;
    if (!victim || goesBefore(pod, victim)) victim = pod;
  }
  return victim;
}

function goesBefore(a: Pod, b: Pod): boolean {
  if (a.phase !== b.phase) return a.phase === 'starting';
  const since = (pod: Pod): Seconds => (pod.phase === 'ready' ? pod.readyAt : pod.createdAt);
  return since(a) !== since(b) ? since(a) > since(b) : a.ordinal > b.ordinal;
}
