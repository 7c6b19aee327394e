import type { Router } from './router.js';

/** One pod after the other, whatever they have to do. */
export function createRoundRobin(): Router {
  let turn = 0;
  return (pods) => {
    const index = turn < pods.length ? turn : 0;
    turn = index + 1;
    return pods[index] as (typeof pods)[number];
  };
}
