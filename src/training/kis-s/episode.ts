import type { Requests, Seconds } from '../../base/units.js';
import { applyChanges, type KisSAction } from './action.js';
import { KIS_S_STEPS, type KisSPattern } from './published.js';
import { computeReward } from './reward.js';
import { computeState, type KisSReading, withFallbacks } from './state.js';
import { EPISODE, KIS_S_SERVICE_TIME, TwoDeployments, wholeRunP95 } from './two-deployments.js';

const STEP: Seconds = EPISODE / KIS_S_STEPS;

export interface KisSEpisodeOptions {
  /** What the traffic is. */
  readonly pattern: KisSPattern;
  /** What the reward is told that it is; default: the truth. The state is told nothing. */
  readonly label?: KisSPattern;
  readonly seed: number;
}

/** What an episode came to. */
export interface KisSOutcome {
  readonly reward: number;
  readonly requests: Requests;
  /** Requests that were not answered within half a second. */
  readonly misses: Requests;
  /** Billed time of both Deployments, drain included, and the time that all requests take a GPU replica: their ratio is the cost. */
  readonly replicaSeconds: Seconds;
  readonly loadSeconds: Seconds;
  /** Over every request of the run, those without an answer at the client's patience; ms. */
  readonly gpuP95: number;
  readonly cpuP95: number;
}

type Counted = Pick<KisSOutcome, 'requests' | 'misses' | 'replicaSeconds'>;

/** One episode of five steps of a minute each. */
export class KisSEpisode {
  readonly pattern: KisSPattern;
  readonly world: TwoDeployments;
  readonly placements: KisSAction['placement'][] = [];
  /** Readings that had to be made up, step by step; none where there is traffic. */
  readonly fallbacks: KisSReading[] = [];
  readonly #label: KisSPattern;
  readonly #throughputs: number[] = [];
  #state: readonly number[];
  readonly #before: Counted;
  #reward = 0;

  constructor({ pattern, label = pattern, seed }: KisSEpisodeOptions) {
    this.pattern = pattern;
    this.#label = label;
    this.world = new TwoDeployments(pattern, seed);
    this.#state = this.#look().state;
    this.#before = this.#count();
  }

  /** The state [10] in KIS-S's units. */
  get state(): readonly number[] {
    return this.#state;
  }

  get isOver(): boolean {
    return this.#throughputs.length >= KIS_S_STEPS;
  }

  /** Changes the wanted counts, lets a minute pass, and returns the reward of it. */
  step(action: KisSAction): number {
    this.placements.push(action.placement);
    this.world.scaleTo(applyChanges(this.world.counts, action));
    return this.pass();
  }

  /** The same minute under somebody who scales the two Deployments himself, tick by tick. */
  pass(onTick?: (world: TwoDeployments) => void): number {
    this.world.advance(STEP, onTick);
    const { measured } = this.#look();
    const reward = computeReward(this.#label, measured, this.#throughputs.length);
    this.#throughputs.push(measured.throughput);
    this.#state = computeState(measured, this.#throughputs, this.#throughputs.length / KIS_S_STEPS);
    this.#reward += reward;
    return reward;
  }

  /** Ends the episode: every client gets its answer, or gives up. */
  finish(): KisSOutcome {
    this.world.drain();
    const { requests, misses, replicaSeconds } = this.#count();
    const before = this.#before;
    const asked = requests - before.requests;
    const billed = replicaSeconds - before.replicaSeconds;
    return {
      reward: this.#reward,
      requests: asked,
      misses: misses - before.misses,
      replicaSeconds: billed,
      loadSeconds: asked * KIS_S_SERVICE_TIME.gpu,
      gpuP95: 1000 * (wholeRunP95(this.world.gpu) ?? Number.NaN),
      cpuP95: 1000 * (wholeRunP95(this.world.cpu) ?? Number.NaN),
    };
  }

  #count(): Counted {
    const { gpu, cpu } = this.world.totals();
    return {
      requests: gpu.injected + cpu.injected,
      misses: gpu.misses + cpu.misses,
      replicaSeconds: gpu.replicaSeconds + cpu.replicaSeconds,
    };
  }

  #look() {
    const { measured, fallbacks } = withFallbacks(this.world.readings());
    this.fallbacks.push(...fallbacks);
    return { measured, state: computeState(measured, this.#throughputs, this.#throughputs.length / KIS_S_STEPS) };
  }
}
