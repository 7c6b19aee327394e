/** One family of series as a program exposes it. */
export interface Series {
  /** Names over its versions, newest first; counters with their `_total`, histograms without suffix. */
  readonly names: readonly [string, ...string[]];
  readonly kind: 'gauge' | 'counter' | 'histogram' | 'summary';
  readonly help: string;
  /** Upper bounds of a histogram, ascending, without +Inf. */
  readonly bounds?: readonly number[];
}

export const gauge = (names: Series['names'], help: string): Series => ({ names, kind: 'gauge', help });

export const counter = (names: Series['names'], help: string): Series => ({ names, kind: 'counter', help });

/** Quantiles that the program computes over a sliding window of its own. */
export const summary = (names: Series['names'], help: string): Series => ({ names, kind: 'summary', help });

export const histogram = (names: Series['names'], bounds: readonly number[], help: string): Series => ({
  names,
  kind: 'histogram',
  bounds,
  help,
});
