import { uniform, uniformInteger } from '../../base/distributions.js';
import { createRng, type Rng } from '../../base/rng.js';
import type { Seconds } from '../../base/units.js';
import { drawSetting } from '../../scenarios/drawn-setting.js';
import { type ServedLatency, servedLatency } from '../../scenarios/served-latency.js';
import { COMPRESSION } from '../../scenarios/training-sources.js';
import type { Matrix, MatrixSource, MatrixWindow, SourcePlan } from './matrix.js';

const SHORT_WINDOWS = 12;
const LONG_WINDOWS = 3;
const SHORT: readonly [Seconds, Seconds] = [1500, 3600];
const DAY: Seconds = 86_400;
const WARMUP: Seconds = 300;
const LONG_WARMUP: Seconds = 3600;

/**
 * The windows of every source: a dozen short ones, of slow series every other one compressed, and three whole days where the
 * source has them. Each window draws from a stream of its own, so that a source more changes no other's. Pure: equal
 * arguments give equal matrices.
 *
 * The laws of a window's fleet are `drawSetting`'s.
 */
export function drawMatrix(seed: number, sources: readonly SourcePlan[], latencies: readonly ServedLatency[]): Matrix {
  const rng = createRng(seed).stream('matrix');
  return {
    seed,
    sources: sources.map(describe),
    windows: sources.flatMap((source) => {
      const short = SHORT_WINDOWS * (source.weight ?? 1);
      return [
        ...Array.from({ length: short }, (_, i) => drawWindow(source, 'short', i, latencies, rng)),
        ...Array.from({ length: source.hasDays ? LONG_WINDOWS : 0 }, (_, i) =>
          drawWindow(source, 'long', i, latencies, rng),
        ),
      ];
    }),
  };
}

function describe({ name, file, pattern, model, lengths }: SourcePlan): MatrixSource {
  return {
    name,
    ...(file === undefined ? {} : { file }),
    ...(pattern === undefined ? {} : { pattern }),
    ...(model === undefined ? {} : { model }),
    ...(lengths ? { lengths } : {}),
  };
}

function drawWindow(
  source: SourcePlan,
  kind: 'short' | 'long',
  index: number,
  latencies: readonly ServedLatency[],
  matrix: Rng,
): MatrixWindow {
  const id = `${source.name}/${kind}-${String(index + 1).padStart(2, '0')}`;
  const rng = matrix.stream(id);
  const time = kind === 'short' && source.isSlow && index % 2 === 1 ? 1 / COMPRESSION : 1;
  const [begin, end] = source.section ?? [0, Number.POSITIVE_INFINITY];
  const longest = (end - begin) * time;
  const length = kind === 'long' ? DAY : Math.round(uniform(rng, SHORT[0], Math.min(SHORT[1], longest)));
  const from = source.section ? Math.floor(uniform(rng, begin, end - length / time)) : undefined;
  const profile = source.profiles[uniformInteger(rng, 0, source.profiles.length - 1)] as string;
  const served = servedLatency(profile, source.lengths ?? 'profile', latencies);
  const { peak, coldStart, cv, slo, clientTimeout, maxReplicas } = drawSetting(served, rng);
  return {
    id,
    split: source.split,
    ...(from === undefined ? {} : { from }),
    length,
    warmup: kind === 'long' ? LONG_WARMUP : WARMUP,
    time,
    peak,
    ...(source.lengths ? {} : { cv }),
    profile,
    coldStart,
    slo,
    clientTimeout,
    maxReplicas,
    initialReplicas: Math.ceil(peak / 2),
  };
}
