const CLIP = 10;

export interface ReturnScaleSnapshot {
  readonly returns: readonly number[];
  readonly count: number;
  readonly mean: number;
  readonly squares: number;
}

/**
 * Divides rewards by the running standard deviation of the discounted return, so that returns are O(1) whatever the price of a
 * miss (the detail that mattered most for PPO; as VecNormalize does). Variance by Welford's method.
 */
export class ReturnScale {
  readonly #returns: Float64Array;
  readonly #gamma: number;
  #count = 1e-4;
  #mean = 0;
  #squares = 1e-4;

  constructor(numEnvs: number, gamma: number) {
    this.#returns = new Float64Array(numEnvs);
    this.#gamma = gamma;
  }

  /** All numbers that it goes on from. */
  snapshot(): ReturnScaleSnapshot {
    return { returns: [...this.#returns], count: this.#count, mean: this.#mean, squares: this.#squares };
  }

  restore({ returns, count, mean, squares }: ReturnScaleSnapshot): void {
    this.#returns.set(returns);
    this.#count = count;
    this.#mean = mean;
    this.#squares = squares;
  }

  /** The scaled reward of environment `env`, clipped to +-10; an end of the episode ends its return. */
  scale(env: number, reward: number, hasEnded: boolean): number {
    const return_ = (this.#returns[env] as number) * this.#gamma + reward;
    this.#returns[env] = hasEnded ? 0 : return_;
    this.#count++;
    const difference = return_ - this.#mean;
    this.#mean += difference / this.#count;
    this.#squares += difference * (return_ - this.#mean);
    const deviation = Math.sqrt(this.#squares / this.#count + 1e-8);
    return Math.max(-CLIP, Math.min(CLIP, reward / deviation));
  }
}
