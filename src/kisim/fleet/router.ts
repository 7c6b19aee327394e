import type { Rng } from '../../base/rng.js';
import { createLeastKv } from './routers/least-kv.js';
import { createLeastOutstanding } from './routers/least-outstanding.js';
import { createPowerOfTwo } from './routers/power-of-two.js';
import { createPrefixAffinity } from './routers/prefix-affinity.js';
import { createRoundRobin } from './routers/round-robin.js';
import type { Router } from './routers/router.js';

/** Routers by name; each gets its own stream of chance. */
const ROUTERS = {
  'least-outstanding': createLeastOutstanding,
  'round-robin': createRoundRobin,
  'least-kv': createLeastKv,
  'prefix-affinity': () => createPrefixAffinity(createLeastOutstanding()),
  'power-of-two': createPowerOfTwo,
} as const satisfies Record<string, (rng: Rng) => Router>;

export type RouterName = keyof typeof ROUTERS;

export const ROUTER_NAMES = Object.keys(ROUTERS) as [RouterName, ...RouterName[]];

export function createRouter(name: RouterName, rng: Rng): Router {
  return ROUTERS[name](rng);
}
