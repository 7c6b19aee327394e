import type { Rng } from '../base/rng.js';
import type { Seconds } from '../base/units.js';
import { applyAction, writeActionMask } from '../decision/action.js';
import type { Proposal } from '../decision/decision.js';
import { computeQplan, FORECAST_SIZE, readForecast } from '../decision/forecast.js';
import { OBSERVATION_SIZE, writeObservation } from '../decision/observation.js';
import { assess, type Situation } from '../decision/situation.js';
import { answerGuarded } from '../scenarios/answer.js';
import type { RunTotals } from '../scenarios/fleet-run.js';
import { drawEpisode, type Episode, WARMUP_TICKS } from './episode.js';
import type { Mlp } from './mlp.js';
import type { Environment, StepResult } from './ppo.js';
import type { World } from './worlds/world.js';

/** What the actor sees: the observation and the forecaster's raw quantiles. */
export const SEEN_SIZE: number = OBSERVATION_SIZE + FORECAST_SIZE;

/** Weight of a change of the count, in replicas. */
const CHURN = 0.1;
/** Misses of one tick count up to this many ticks' worth of arrivals. */
const MISS_CAP = 3;

/** The parts of a reward, before they are added up; each <= 0. */
export interface RewardParts {
  readonly replicas: number;
  readonly misses: number;
  readonly churn: number;
}

/**
 * Autoscaling as a reinforcement-learning task: one step is one tick of KISim under the HPA's arithmetic and the very guards
 * that serve. Reward per tick: -(replicas / meanLoad + price * min(misses / arrivals, 3) + 0.1 * |change| / meanLoad) /
 * sqrt(price), where replicas are all that is billed, and a miss is charged when it becomes certain.
 */
export class ScalingEnvironment implements Environment {
  readonly #world: World;
  readonly #rng: Rng;
  readonly #forecaster: Mlp;
  readonly #row = new Float32Array(OBSERVATION_SIZE);
  /** Smallest and largest value of each feature so far. */
  readonly low = new Float64Array(OBSERVATION_SIZE).fill(Number.POSITIVE_INFINITY);
  readonly high = new Float64Array(OBSERVATION_SIZE).fill(Number.NEGATIVE_INFINITY);
  readonly parts = { replicas: 0, misses: 0, churn: 0 };
  #episodes = 0;
  #episode!: Episode;
  #situation!: Situation;
  #quantiles: Float32Array = new Float32Array(FORECAST_SIZE);
  /** What the quantile law asks for at this tick. */
  #plan = 0;
  #totals!: RunTotals;
  #tick: Seconds = 0;
  #steps = 0;

  constructor(world: World, forecaster: Mlp, rng: Rng) {
    this.#world = world;
    this.#forecaster = forecaster;
    this.#rng = rng;
    this.#begin();
  }

  observe(out: Float32Array, offset: number): void {
    out.set(this.#quantiles, offset + OBSERVATION_SIZE);
    for (let i = 0; i < OBSERVATION_SIZE; i++) {
      const value = this.#row[i] as number;
      out[offset + i] = value;
      this.low[i] = Math.min(this.low[i] as number, value);
      this.high[i] = Math.max(this.high[i] as number, value);
    }
  }

  mask(out: Uint8Array, offset: number): void {
    writeActionMask(this.#situation, this.#plan, out, offset);
  }

  step(action: number): StepResult {
    const before = this.#episode.run.replicas.spec;
    this.#advance(applyAction(action, this.#situation, this.#plan), 'learned');
    const reward = this.#reward(before);
    this.#steps++;
    const truncated = this.#steps === this.#episode.ticks;
    if (!truncated) return { reward, terminated: false, truncated };
    const finalObservation = new Float32Array(SEEN_SIZE);
    this.observe(finalObservation, 0);
    this.#begin();
    return { reward, terminated: false, truncated, finalObservation };
  }

  #begin(): void {
    this.#episode = drawEpisode(this.#world, this.#rng.stream(`episode/${this.#episodes++}`));
    this.#steps = 0;
    this.#tick = 0;
    this.#look();
    for (let i = 0; i < WARMUP_TICKS; i++) this.#advance(Math.ceil(this.#situation.plan), 'planner');
    this.#totals = this.#episode.run.totals();
  }

  /** Decides this tick with the guards, and lets the fleet run to the next one. */
  #advance(replicas: number, policy: string): void {
    const { run, workload } = this.#episode;
    const proposals: Proposal[] = [{ policy, ok: true, replicas }];
    run.answer(answerGuarded({ ...workload, policy }, this.#situation.window, proposals).metricTotal);
    this.#tick += run.grid.interval;
    run.advanceTo(this.#tick);
    this.#look();
  }

  #look(): void {
    this.#situation = assess(this.#episode.workload, this.#episode.run.window(this.#tick));
    writeObservation(this.#situation, this.#row);
    this.#quantiles = this.#forecaster.forward(this.#row, 1);
    this.#plan = computeQplan(this.#situation, readForecast(this.#quantiles, 0, this.#situation));
  }

  #reward(before: number): number {
    const { run, missPrice, truth } = this.#episode;
    const { meanLoad, arrivalsPerTick } = truth;
    const totals = run.totals();
    const billed = (totals.replicaSeconds - this.#totals.replicaSeconds) / run.grid.interval;
    const missed = Math.min((totals.misses - this.#totals.misses) / arrivalsPerTick, MISS_CAP);
    const changed = Math.abs(run.replicas.spec - before);
    this.#totals = totals;
    const scale = Math.sqrt(missPrice);
    const replicas = -billed / meanLoad / scale;
    const misses = (-missPrice * missed) / scale;
    const churn = (-CHURN * changed) / meanLoad / scale;
    this.parts.replicas += replicas;
    this.parts.misses += misses;
    this.parts.churn += churn;
    return replicas + misses + churn;
  }
}
