import { uniform } from '../../base/distributions.js';
import type { Rng } from '../../base/rng.js';
import type { Ratio, RequestsPerSecond, Seconds } from '../../base/units.js';
import type { ScenarioInput } from '../../scenarios/scenario.js';
import { CHAT, DOCUMENTS, type ServedLatency } from '../../scenarios/served-latency.js';
import { COMPRESSION, TRAINING_SOURCES, WEIGHTED_FAMILIES } from '../../scenarios/training-sources.js';
import { pick } from './world.js';

/** Share of the episodes that play a recording, where there are recordings; half of them compressed. */
const RECORDED: Ratio = 0.35;

export interface DrawTrafficOptions {
  /** 98th percentile of the rate. */
  readonly high: RequestsPerSecond;
  readonly cv: Ratio;
  readonly duration: Seconds;
  readonly hasRecordings: boolean;
}

/** Where requests come from: a synthetic family, or a section of a recording at true speed or compressed. */
export function drawTraffic(rng: Rng, options: DrawTrafficOptions): ScenarioInput['traffic'] {
  const { high, cv, duration, hasRecordings } = options;
  if (!hasRecordings || rng.next() >= RECORDED)
    return { pattern: pick(rng, WEIGHTED_FAMILIES), low: high * uniform(rng, 0, 0.5), high, cv };
  const { file, model, span } = pick(rng, TRAINING_SOURCES);
  const time = rng.next() < 0.5 ? 1 : 1 / COMPRESSION;
  const length = duration / time;
  const from = Math.floor(uniform(rng, 0, span - length));
  return { file, ...(model === undefined ? {} : { model }), from, to: from + length, time, peak: high, cv };
}

/** How long requests are: mostly as their profile says. */
export function drawLengths(rng: Rng): ServedLatency['lengths'] {
  const share = rng.next();
  if (share < 0.6) return 'profile';
  return share < 0.8 ? CHAT : DOCUMENTS;
}
