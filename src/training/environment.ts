/** One environment as PPO sees it. What is written goes into preallocated rows at an offset. */
export interface Environment {
  /** What the actor sees. */
  observe(out: Float32Array, offset: number): void;
  /** What the critic sees beside that, and no policy ever does; writes nothing where there is no such thing. */
  reveal?(out: Float32Array, offset: number): void;
  /** 1 for legal actions, 0 for others; at least one is legal. */
  mask(out: Uint8Array, offset: number): void;
  /** Takes an action; after an end the environment has already begun its next episode. */
  step(action: number): StepResult;
}

export interface StepResult {
  readonly reward: number;
  /** The episode came to its natural end: no value beyond it. */
  readonly terminated: boolean;
  /** The episode was cut off by its time limit: `cutOff` is what would have gone on. */
  readonly truncated: boolean;
  readonly cutOff?: CutOff;
}

/** The state that a time limit cut off. */
export interface CutOff {
  readonly observation: Float32Array;
  /** Empty where the critic sees no more than the actor. */
  readonly truth: Float32Array;
}
