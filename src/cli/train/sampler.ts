import { parentPort } from 'node:worker_threads';
import { sampleEpisode } from '../../training/forecaster/train-forecaster.js';
import { openWorld, type World } from '../../training/worlds/world.js';
import type { SampleReply, SampleRequest } from './sampler-message.js';

/** A thread that plays episodes for a forecaster. */
let world: World | undefined;

parentPort?.on('message', ({ data, seed, index }: SampleRequest) => {
  parentPort?.postMessage(answer(data, seed, index));
});

function answer(data: string | undefined, seed: number, index: number): SampleReply {
  try {
    world ??= openWorld(data);
    return { samples: sampleEpisode(world, seed, index) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
