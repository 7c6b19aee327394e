import type { Rng } from '../base/rng.js';
import type { Ratio, Replicas, Seconds } from '../base/units.js';
import { ACTIONS, applyAction, writeActionMask } from '../decision/action.js';
import type { Proposal } from '../decision/decision.js';
import { computeQplan, FORECAST_SIZE, readForecast } from '../decision/forecast.js';
import { OBSERVATION_SIZE, writeObservation } from '../decision/observation.js';
import { type Situation, situationOf } from '../decision/situation.js';
import { answerGuarded } from '../scenarios/answer.js';
import type { RunTotals } from '../scenarios/fleet-run.js';
import { hiddenColumns } from './ablation.js';
import { FAVOURED, LEGAL } from './categorical.js';
import type { Environment, StepResult } from './environment.js';
import { drawEpisode, type Episode, WARMUP_TICKS } from './episode.js';
import type { FeatureRanges } from './feature-ranges.js';
import type { Mlp } from './mlp.js';
import { computeReward, type RewardParts } from './reward.js';
import { TRUTH_SIZE, writeTruth } from './truth.js';
import type { World } from './worlds/world.js';

/** What the actor sees: the observation, and the forecaster's raw quantiles of it. */
export const SEEN_SIZE: number = OBSERVATION_SIZE + FORECAST_SIZE;

/**
 * Ticks for which a move stays favoured. The HPA takes the largest recommendation of eight ticks on the way down: one move below the law,
 * drawn alone, changes nothing, and what it is worth is only seen where others follow.
 */
const STRETCH = 40;

/** Where an environment is: which of its episodes, and what was done in it so far. The same actions lead there again. */
export interface EpisodePosition {
  readonly episode: number;
  readonly actions: readonly number[];
}

export interface ScalingEnvironmentOptions {
  readonly world: World;
  readonly rng: Rng;
  /** Frozen. */
  readonly forecaster: Pick<Mlp, 'forward'>;
  /** Weight of a change of the count, in replicas. */
  readonly churn: number;
  /** Share of the stretches in which one move is favoured. */
  readonly lean: Ratio;
  /** Ticks for which the multiple of the law's count that was chosen holds. */
  readonly repeat: number;
  /** Told of every observation. */
  readonly ranges: FeatureRanges;
  /** Default: the first tick of the first episode. */
  readonly from?: EpisodePosition;
}

/**
 * Autoscaling as a reinforcement-learning task: one step is a few ticks of KISim under the HPA's arithmetic and the very guards
 * that serve. An action is a multiple of what the quantile law asks for (`decision/action`), which is asked at every tick; the
 * reward is the mean over the ticks.
 */
export class ScalingEnvironment implements Environment {
  readonly #options: ScalingEnvironmentOptions;
  readonly #hidden: readonly number[];
  /** What the actor sees now, once somebody asked. */
  readonly #seen = new Float32Array(SEEN_SIZE);
  #isSeen = false;
  /** Real number of replicas that the quantile law asks for now. */
  #plan = 0;
  /** Sums over ticks since the last `takeParts`. */
  readonly #parts: { -readonly [Part in keyof RewardParts]: number } = { replicas: 0, misses: 0, churn: 0 };
  #number: number;
  #actions: number[] = [];
  /** Ticks of the episode that are decided. */
  #decided = 0;
  #episode!: Episode;
  #situation!: Situation;
  #totals!: RunTotals;
  #tick: Seconds = 0;

  constructor(options: ScalingEnvironmentOptions) {
    this.#options = options;
    this.#hidden = hiddenColumns(options.world.without);
    this.#number = options.from?.episode ?? 0;
    this.#begin();
    for (const action of options.from?.actions ?? []) this.step(action);
    this.takeParts();
  }

  /** Where it is now. */
  get position(): EpisodePosition {
    return { episode: this.#number, actions: [...this.#actions] };
  }

  /** The parts of the rewards since the last call, summed over ticks. */
  takeParts(): RewardParts {
    const taken = { ...this.#parts };
    Object.assign(this.#parts, { replicas: 0, misses: 0, churn: 0 });
    return taken;
  }

  observe(out: Float32Array, offset: number): void {
    this.#see();
    out.set(this.#seen, offset);
  }

  reveal(out: Float32Array, offset: number): void {
    const favoured = this.#favoured();
    const leaning = favoured === undefined ? 0 : Math.log2(ACTIONS[favoured]?.factor ?? 1);
    const now = { replicas: this.#episode.run.replicas, tick: this.#tick, leaning };
    writeTruth(this.#episode, this.#situation, now, out, offset);
  }

  mask(out: Uint8Array, offset: number): void {
    this.#see();
    writeActionMask(this.#situation, this.#plan, out, offset);
    const favoured = this.#favoured();
    if (favoured !== undefined && out[offset + favoured] === LEGAL) out[offset + favoured] = FAVOURED;
  }

  step(action: number): StepResult {
    const { repeat } = this.#options;
    const begin = this.#decided;
    let sum = 0;
    do sum += this.#decide(action);
    while (this.#decided < begin + repeat && this.#decided < this.#episode.ticks);
    const reward = sum / (this.#decided - begin);
    this.#actions.push(action);
    if (this.#decided < this.#episode.ticks) return { reward, terminated: false, truncated: false };
    const cutOff = { observation: new Float32Array(SEEN_SIZE), truth: new Float32Array(TRUTH_SIZE) };
    this.observe(cutOff.observation, 0);
    this.reveal(cutOff.truth, 0);
    this.#number++;
    this.#begin();
    return { reward, terminated: false, truncated: true, cutOff };
  }

  /** One tick of an action, which means another count whenever the law asks for another one. */
  #decide(action: number): number {
    this.#see();
    const before = this.#episode.run.replicas.spec;
    this.#advance(applyAction(action, this.#situation, this.#plan), 'learned');
    this.#decided++;
    return this.#reward(before);
  }

  /** The move that is favoured now; undefined: none is. */
  #favoured(): number | undefined {
    const { rng, lean } = this.#options;
    if (lean === 0) return undefined;
    const draws = rng.stream(`lean/${this.#number}/${Math.floor(this.#decided / STRETCH)}`);
    return draws.next() < lean ? Math.floor(draws.next() * ACTIONS.length) : undefined;
  }

  #begin(): void {
    const { world, rng } = this.#options;
    this.#episode = drawEpisode(world, rng.stream(`episode/${this.#number}`));
    this.#actions = [];
    this.#decided = 0;
    this.#tick = 0;
    this.#look();
    for (let i = 0; i < WARMUP_TICKS; i++) this.#advance(Math.ceil(this.#situation.plan), 'planner');
    this.#totals = this.#episode.run.totals();
  }

  /** Decides this tick with the guards, and lets the fleet run to the next one. */
  #advance(replicas: Replicas, policy: string): void {
    const { run, workload } = this.#episode;
    const proposals: Proposal[] = [{ policy, ok: true, replicas }];
    // The same workload as the situation's, where it can be: `decide` then need not assess the window anew.
    const asked = policy === workload.policy ? workload : { ...workload, policy };
    run.answer(answerGuarded(asked, this.#situation.window, proposals).metricTotal);
    this.#tick += run.grid.interval;
    run.advanceTo(this.#tick);
    this.#look();
  }

  #look(): void {
    this.#situation = situationOf(this.#episode.workload, this.#episode.run.window(this.#tick));
    this.#isSeen = false;
  }

  #see(): void {
    if (this.#isSeen) return;
    this.#isSeen = true;
    const { forecaster, ranges } = this.#options;
    const seen = this.#seen;
    writeObservation(this.#situation, seen);
    ranges.widen(seen);
    const quantiles = forecaster.forward(seen.subarray(0, OBSERVATION_SIZE), 1);
    seen.set(quantiles, OBSERVATION_SIZE);
    for (const column of this.#hidden) seen[column] = 0;
    this.#plan = computeQplan(this.#situation, readForecast(quantiles, 0, this.#situation));
  }

  #reward(before: Replicas): number {
    const { run, missPrice, truth } = this.#episode;
    const totals = run.totals();
    const parts = computeReward({
      billed: (totals.replicaSeconds - this.#totals.replicaSeconds) / run.grid.interval,
      misses: totals.misses - this.#totals.misses,
      change: Math.abs(run.replicas.spec - before),
      missPrice,
      churn: this.#options.churn,
      truth,
    });
    this.#totals = totals;
    for (const part of ['replicas', 'misses', 'churn'] as const) this.#parts[part] += parts[part];
    return parts.replicas + parts.misses + parts.churn;
  }
}
