import type { Seconds } from '../../base/units.js';
import { pathDuration, type RatePath, rateAt } from './rate-path.js';

/** A section of a rate trace without data: nothing is known there, which is not a rate of zero. */
export interface Gap {
  readonly from: Seconds;
  readonly to: Seconds;
}

/** The path between two of its times, 0 <= from < to, counted from `from` on; shorter where the path ends before. */
export function cutPath(path: RatePath, from: Seconds, to: Seconds): RatePath {
  const end = Math.min(to, pathDuration(path));
  const builder = new PathBuilder(path);
  if (from >= end) return builder.build();
  const { times } = path;
  let i = 0;
  while (i < times.length && (times[i] as number) < from) i++;
  if (i > 0 && (times[i] as number) > from) builder.add(path, i - 1, 0, rateAt(path, from));
  for (; i < times.length && (times[i] as number) <= end; i++) {
    // A step at the very end of the section belongs to what follows.
    if (times[i] === end && times[i - 1] === end) break;
    builder.add(path, i, (times[i] as number) - from);
  }
  // Silence before the first knot is part of the section too.
  if (builder.last < end - from) builder.add(path, Math.max(0, i - 1), end - from, i > 0 ? rateAt(path, end) : 0);
  return builder.build();
}

/** Paths one after the other. What some of them say of gaps, none or all must say: 1 and Gamma where one is silent. */
export function concatPaths(paths: readonly RatePath[]): RatePath {
  const builder = new PathBuilder(...paths);
  let start = 0;
  for (const path of paths) {
    const first = path.times[0] ?? 0;
    // Silence before a path's first knot must not become a slope from what came before.
    if (first > 0) for (const at of [start, start + first]) builder.add(path, 0, at, 0);
    for (let i = 0; i < path.times.length; i++) builder.add(path, i, start + (path.times[i] as number));
    start += pathDuration(path);
  }
  return builder.build();
}

/** The path, over and over. */
export function repeatPath(path: RatePath, times: number): RatePath {
  return times === 1 ? path : concatPaths(Array.from({ length: times }, () => path));
}

/** The path without its gaps (ascending, apart from each other): time closes up over them, and nothing is made up. */
export function closeGaps(path: RatePath, gaps: readonly Gap[]): RatePath {
  if (gaps.length === 0) return path;
  const kept: RatePath[] = [];
  let from = 0;
  for (const gap of gaps) {
    if (gap.from > from) kept.push(cutPath(path, from, gap.from));
    from = gap.to;
  }
  if (from < pathDuration(path)) kept.push(cutPath(path, from, pathDuration(path)));
  return concatPaths(kept);
}

/** Collects knots that are taken from paths. */
class PathBuilder {
  readonly #times: number[] = [];
  readonly #rates: number[] = [];
  readonly #cvs: number[] | undefined;
  readonly #families: NonNullable<RatePath['families']>[number][] | undefined;

  constructor(...like: readonly RatePath[]) {
    this.#cvs = like.some(({ cvs }) => cvs) ? [] : undefined;
    this.#families = like.some(({ families }) => families) ? [] : undefined;
  }

  /** Time of the last knot so far; -1 before the first. */
  get last(): Seconds {
    return this.#times.at(-1) ?? -1;
  }

  /** A knot at `time` that is like knot `i` of `path`, but for the rate where one is given. */
  add(path: RatePath, i: number, time: Seconds, rate = path.rates[i] as number): void {
    this.#times.push(time);
    this.#rates.push(rate);
    this.#cvs?.push(path.cvs?.[i] ?? 1);
    this.#families?.push(path.families?.[i] ?? 'Gamma');
  }

  build(): RatePath {
    return {
      times: Float64Array.from(this.#times),
      rates: Float64Array.from(this.#rates),
      ...(this.#cvs ? { cvs: Float64Array.from(this.#cvs) } : {}),
      ...(this.#families ? { families: this.#families } : {}),
    };
  }
}
