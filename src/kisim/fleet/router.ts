import type { Pod } from './pod.js';

/** Picks the ready pod that a request goes to; `pods` is not empty. */
export type Router = (pods: readonly Pod[]) => Pod;

export type RouterName = 'least-outstanding' | 'round-robin';

export function createRouter(name: RouterName): Router {
  return name === 'least-outstanding' ? createLeastOutstanding() : createRoundRobin();
}

/** Fewest requests in flight; among equals the next one after the last choice, so that no pod is favoured. */
function createLeastOutstanding(): Router {
  let turn = 0;
  return (pods) => {
    const count = pods.length;
    let index = turn % count;
    let best = pods[index] as Pod;
    let chosen = index;
    for (let i = 1; i < count; i++) {
      index = index + 1 === count ? 0 : index + 1;
      const pod = pods[index] as Pod;
      if (pod.inFlight < best.inFlight) {
        best = pod;
        chosen = index;
      }
    }
    turn = chosen + 1;
    return best;
  };
}

function createRoundRobin(): Router {
  let turn = 0;
  return (pods) => {
    const pod = pods[turn % pods.length] as Pod;
    turn = (turn % pods.length) + 1;
    return pod;
  };
}
