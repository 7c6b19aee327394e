import type { Pod } from '../pod.js';

/** Picks the ready pod that a request goes to; `pods` is not empty, `prefixGroup` -1 where the request has none. */
export type Router = (pods: readonly Pod[], prefixGroup: number) => Pod;
