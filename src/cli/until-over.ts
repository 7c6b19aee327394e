import type { Seconds } from '../base/units.js';

/** Resolves after `seconds` of wall time, or at the first SIGINT or SIGTERM. */
export function untilOver(seconds: Seconds | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (seconds !== undefined) setTimeout(resolve, seconds * 1000);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
