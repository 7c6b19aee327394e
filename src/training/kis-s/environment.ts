import type { Rng } from '../../base/rng.js';
import type { Environment, StepResult } from '../environment.js';
import { decodeAction, KIS_S_ACTIONS } from './action.js';
import { KisSEpisode } from './episode.js';
import { KIS_S_PATTERNS, type KisSPattern } from './published.js';
import { KIS_S_STATE } from './state.js';

/** KIS-S's task for PPO: state [10] over its declared ranges, 75 joint actions, all legal. */
export class KisSEnvironment implements Environment {
  readonly #rng: Rng;
  readonly #forced: KisSPattern | undefined;
  #episodes = 0;
  #episode!: KisSEpisode;

  /** @param forced the pattern of every episode; absent: one is drawn at every reset */
  constructor(rng: Rng, forced?: KisSPattern) {
    this.#rng = rng;
    this.#forced = forced;
    this.reset();
  }

  get episode(): KisSEpisode {
    return this.#episode;
  }

  /** Begins the next episode. A forced pattern is never drawn again. */
  reset(): void {
    const rng = this.#rng.stream(`episode/${this.#episodes++}`);
    const drawn = KIS_S_PATTERNS[Math.floor(rng.next() * KIS_S_PATTERNS.length)] as KisSPattern;
    this.#episode = new KisSEpisode({ pattern: this.#forced ?? drawn, seed: Math.floor(rng.next() * 2 ** 31) });
  }

  observe(out: Float32Array, offset: number): void {
    out.set(scaleState(this.#episode.state), offset);
  }

  mask(out: Uint8Array, offset: number): void {
    out.fill(1, offset, offset + KIS_S_ACTIONS);
  }

  step(action: number): StepResult {
    const reward = this.#episode.step(decodeAction(action));
    const terminated = this.#episode.isOver;
    if (terminated) this.reset();
    return { reward, terminated, truncated: false };
  }
}

/** The state over its declared ranges: the networks here are not fed thousands. */
export function scaleState(state: readonly number[]): Float32Array {
  return Float32Array.from(state, (value, i) => value / (KIS_S_STATE[i]?.[1] ?? 1));
}
