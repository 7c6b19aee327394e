import type { Rng } from '../../base/rng.js';
import type { Ratio, Seconds } from '../../base/units.js';
import { type EventQueue, PRIORITY } from '../event-queue.js';
import { inPhases, START_PHASES, type StagedStart, type StartPhase } from './cold-start.js';
import { type Delay, drawDelay, NO_DELAY } from './delay.js';
import type { NodePoolOptions } from './node.js';
import type { Pod } from './pod.js';
import type { Pool } from './pool.js';
import { Scheduler } from './scheduler.js';

/** Told when a pod can serve, and when its container has failed on the way. */
export interface StartListener {
  onStarted(pod: Pod, now: Seconds): void;
  /** A pod that serves since the beginning of its warm-up is warm. */
  onWarm(pod: Pod, now: Seconds): void;
  onFailed(pod: Pod, now: Seconds): void;
}

/**
 * Takes pods through the phases of their cold start. How long a phase takes is drawn from stream `pod/ORDINAL/PHASE` (of the
 * n-th restart: `pod/ORDINAL/PHASE/n`), so the pods of two paired runs draw alike whatever else happens to them.
 */
export class Starts {
  readonly scheduler: Scheduler;
  /** Durations of phases that begin from now on are multiplied by these. */
  readonly factors: Record<StartPhase, Ratio> = { schedule: 1, node: 1, image: 1, weights: 1, engine: 1, warmup: 1 };
  readonly #timers: EventQueue;
  readonly #rng: Rng;
  readonly #listener: StartListener;

  constructor(
    nodePools: readonly NodePoolOptions[] | undefined,
    timers: EventQueue,
    rng: Rng,
    listener: StartListener,
  ) {
    this.#timers = timers;
    this.#rng = rng;
    this.#listener = listener;
    this.scheduler = new Scheduler(nodePools, timers, rng, (pod, now) =>
      this.#enter(pod, this.scheduler.nodes ? 'image' : 'node', now),
    );
  }

  /** A new pod, which waits for its place first. */
  begin(pod: Pod, now: Seconds): void {
    pod.startPhase = 'schedule';
    this.#after(pod, this.#duration(pod, 'schedule'), now, (at) => this.scheduler.enqueue(pod, at));
  }

  /** A container that has ended starts again after `wait` seconds, in its old place: image there, weights to load again. */
  restart(pod: Pod, wait: Seconds, now: Seconds): void {
    pod.startPhase = 'weights';
    this.#after(pod, wait, now, (at) => {
      pod.waitingReason = undefined;
      this.#enter(pod, 'weights', at);
    });
  }

  /** Seconds from creation to ready as the pod with this ordinal draws them, if it never waits for room. */
  drawTotal(pool: Pool, ordinal: number): Seconds {
    const { phases, servesCold } = inPhases(pool.coldStart);
    const until = START_PHASES.slice(0, servesCold ? -1 : undefined);
    const draw = (phase: StartPhase): Seconds =>
      phases[phase] ? drawDelay(phases[phase], this.#rng.stream(`pod/${ordinal}/${phase}`)) : 0;
    return until.reduce((sum, phase) => sum + draw(phase), 0);
  }

  /** A pod that has been running for a while: its node has what it needs. */
  fillCache(pod: Pod): void {
    for (const phase of ['image', 'weights'] as const) pod.node?.cache.add(cacheKey(pod, phase));
  }

  #enter(pod: Pod, phase: StartPhase, now: Seconds): void {
    pod.startPhase = phase;
    if (phase === 'warmup') {
      this.#warmUp(pod, now);
      return;
    }
    this.#after(pod, this.#duration(pod, phase), now, (at) => {
      if (phase === 'image' || phase === 'weights') pod.node?.cache.add(cacheKey(pod, phase));
      if (phase === 'engine' && at < pod.failsUntil) this.#listener.onFailed(pod, at);
      else this.#enter(pod, START_PHASES[START_PHASES.indexOf(phase) + 1] as StartPhase, at);
    });
  }

  #warmUp(pod: Pod, now: Seconds): void {
    const duration = this.#duration(pod, 'warmup');
    if (stagesOf(pod).servesCold && duration > 0) {
      this.#listener.onStarted(pod, now);
      this.#after(pod, duration, now, (at) => {
        pod.startPhase = undefined;
        this.#listener.onWarm(pod, at);
      });
      return;
    }
    this.#after(pod, duration, now, (at) => {
      pod.startPhase = undefined;
      this.#listener.onStarted(pod, at);
    });
  }

  #duration(pod: Pod, phase: StartPhase): Seconds {
    const law = lawOf(pod, phase);
    if (law === NO_DELAY) return 0;
    const name = `pod/${pod.ordinal}/${phase}${pod.restarts > 0 ? `/${pod.restarts}` : ''}`;
    return this.factors[phase] * drawDelay(law, this.#rng.stream(name));
  }

  /** Acts after `duration`, unless the pod has changed by then; at once where it is 0. */
  #after(pod: Pod, duration: Seconds, now: Seconds, act: (at: Seconds) => void): void {
    const turn = ++pod.turn;
    if (duration <= 0) {
      act(now);
      return;
    }
    this.#timers.schedule(now + duration, PRIORITY.pod, (at) => {
      if (pod.turn === turn) act(at);
    });
  }
}

function lawOf(pod: Pod, phase: StartPhase): Delay {
  const { phases, cached } = stagesOf(pod);
  const first = phases[phase] ?? NO_DELAY;
  if (phase !== 'image' && phase !== 'weights') return first;
  const isCached = pod.restarts > 0 || pod.node?.cache.has(cacheKey(pod, phase));
  if (!isCached) return first;
  return cached?.[phase] ?? (phase === 'image' ? NO_DELAY : first);
}

function stagesOf(pod: Pod): StagedStart {
  return pod.pool ? inPhases(pod.pool.coldStart) : { phases: {} };
}

/** A rollout brings a new image; the weights stay what they are. */
function cacheKey({ pool, revision }: Pod, phase: 'image' | 'weights'): string {
  return `${phase}/${pool?.name}${phase === 'image' ? `/${revision}` : ''}`;
}
