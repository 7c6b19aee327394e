import type { Rng } from '../../base/rng.js';
import { flashCrowd, onOff, surges } from './burst-families.js';
import { diurnal, weekly } from './calendar-families.js';
import { mmpp, randomWalk } from './chain-families.js';
import { PATTERNS, type RateFamily } from './patterns.js';
import type { RatePath } from './rate-path.js';

/** Every synthetic family by name; each draws its shape from the stream it is given and stays within [0, high]. */
export const RATE_FAMILIES = {
  ...PATTERNS,
  'on-off': onOff,
  surges,
  'random-walk': randomWalk,
  mmpp,
  'flash-crowd': flashCrowd,
  diurnal,
  weekly,
} as const satisfies Record<string, RateFamily>;

export type RateFamilyName = keyof typeof RATE_FAMILIES;

export const RATE_FAMILY_NAMES = Object.keys(RATE_FAMILIES) as readonly RateFamilyName[];

/** The path of a family, its shape drawn from `rng` (stream `shape`). */
export function drawPath(family: RateFamilyName, shape: Parameters<RateFamily>[0], rng: Rng): RatePath {
  return RATE_FAMILIES[family](shape, rng.stream('shape'));
}
