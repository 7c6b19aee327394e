import { type HpaState, initialHpaState, syncHpa } from '../../../src/autoscaling/hpa.js';
import { playHistory } from '../support/draw-worlds.js';
import type { World } from '../support/hpa-transcription.js';

/** Histories that are recorded, and syncs in each. */
export const HISTORIES = 2000;
export const SYNCS = 50;

/** Every sync of history `seed` as our HPA lives through it, with what it answered. */
export function playRecorded(seed: number, onSync: (world: World, desired: number) => void): void {
  let state: HpaState = initialHpaState();
  playHistory(seed, SYNCS, ['1.35'], (world) => {
    const sync = syncHpa({ ...world, bounds: { minReplicas: world.min, maxReplicas: world.max } }, state);
    state = sync.state;
    onSync(world, sync.desiredReplicas);
    return sync.desiredReplicas;
  });
}
