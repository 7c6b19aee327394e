import type { Ratio, Requests, Seconds } from '../../base/units.js';
import type { Replica } from '../replica/replica.js';
import type { StartPhase } from './cold-start.js';
import { CrashLoop } from './crash-loop.js';
import type { Node } from './node.js';
import type { Pool } from './pool.js';

/**
 * `starting` is every pod that is not ready: on its way there, or back after a crash; `draining` takes no new requests and is
 * being deleted.
 */
export type PodPhase = 'starting' | 'ready' | 'draining' | 'gone';

/** Why a pod waits, in the words of its status and of its container's. */
export type WaitingReason = 'Unschedulable' | 'CrashLoopBackOff' | 'NodeLost';

/** One pod of the fleet. Ordinals count creations, so the n-th pod of two paired runs draws alike. */
export interface Pod {
  readonly ordinal: number;
  readonly name: string;
  readonly createdAt: Seconds;
  /** Undefined only in a test that needs none. */
  readonly pool: Pool | undefined;
  /** Of the Deployment's pod template: a rollout replaces the older ones. */
  readonly revision: number;
  phase: PodPhase;
  /** Where it stands on its way to ready; a pod that serves while it warms up is ready and in `warmup`. */
  startPhase: StartPhase | undefined;
  waitingReason: WaitingReason | undefined;
  /** When it became ready, the last time; Infinity before. */
  readyAt: Seconds;
  /** When it was removed; Infinity while it exists. */
  goneAt: Seconds;
  /** Where it runs or will run; undefined before, and where no nodes are modelled. */
  node: Node | undefined;
  /** Its engine, from the moment it is ready; a container that restarts has a new one. */
  replica: Replica | undefined;
  /** False from the moment at which its node is gone, whether anybody has noticed or not. */
  isReachable: boolean;
  /** Times that its container has ended, and the last reason. */
  restarts: number;
  lastTerminated: 'Error' | 'OOMKilled' | undefined;
  readonly crashLoop: CrashLoop;
  /** Until then its container fails again whenever it is about to become ready. */
  failsUntil: Seconds;
  /** Its container is killed for its memory `after` seconds of service, again and again until then. */
  oom: { readonly after: Seconds; readonly until: Seconds } | undefined;
  /** Its engine steps take as many times as long as these factors multiply to: throttling, a bad link. */
  readonly slowdowns: Ratio[];
  /** Changes whenever the pod does, so that a timer set before knows that it is late. */
  turn: number;
  /** Requests handed over and not ended. */
  inFlight: Requests;
  /** When its engine has something to do without further arrivals; Infinity when idle. */
  nextAt: Seconds;
  /** When its engine last ended a request: an emptied draining pod leaves then. */
  lastEndAt: Seconds;
}

export function createPod(ordinal: number, createdAt: Seconds, readyAt: Seconds, pool?: Pool, revision = 0): Pod {
  return {
    ordinal,
    name: `replica-${ordinal}`,
    createdAt,
    pool,
    revision,
    phase: 'starting',
    startPhase: 'schedule',
    waitingReason: undefined,
    readyAt,
    goneAt: Number.POSITIVE_INFINITY,
    node: undefined,
    replica: undefined,
    isReachable: true,
    restarts: 0,
    lastTerminated: undefined,
    crashLoop: new CrashLoop(),
    failsUntil: Number.NEGATIVE_INFINITY,
    oom: undefined,
    slowdowns: [],
    turn: 0,
    inFlight: 0,
    nextAt: Number.POSITIVE_INFINITY,
    lastEndAt: createdAt,
  };
}

/** Counts towards the Deployment's status.replicas: every pod that is not terminating. */
export function isActive({ phase }: Pod): boolean {
  return phase === 'starting' || phase === 'ready';
}
