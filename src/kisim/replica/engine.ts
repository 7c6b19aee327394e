import type { EngineOptions } from './engine-options.js';
import { FastForwardEngine } from './fast-forward-engine.js';
import type { Replica, ReplicaListener } from './replica.js';
import { StepEngine } from './step-engine.js';

/** Every engine step is taken on its own: the reference. */
export function createStepEngine(options: EngineOptions, listener: ReplicaListener): Replica {
  return new StepEngine(options, listener);
}

/**
 * Stretches of pure decoding are taken in one go: events only where something changes. It relies on a token budget that all
 * running sequences can decode in, as vLLM demands of its configuration; below that every step is taken on its own.
 */
export function createFastForwardEngine(options: EngineOptions, listener: ReplicaListener): Replica {
  return options.maxBatchedTokens < options.maxNumSeqs
    ? new StepEngine(options, listener)
    : new FastForwardEngine(options, listener);
}
