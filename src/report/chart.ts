import { power } from '../base/power.js';
import type { Seconds } from '../base/units.js';

/** [time, value]; a NaN value is a gap. */
export type Point = readonly [at: Seconds, value: number];

/** Names of the page's colours; each has a light and a dark value in the style sheet. */
export type Colour =
  | 'ink'
  | 'soft'
  | 'bad'
  | `c${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8}`
  /** A scale from dark to light. */
  | `p${1 | 2 | 3 | 4 | 5 | 6}`;

/** A line over time, and behind it, where given, the span between its smallest and largest values. */
export interface Line {
  readonly name: string;
  readonly colour: Colour;
  readonly dash?: 'dashed' | 'dotted';
  /** Holds its value until the next point. */
  readonly isStep?: boolean;
  /** The axis need not reach as far as it does: it is cut off at the edge. */
  readonly isCut?: boolean;
  readonly points: readonly Point[];
  readonly band?: readonly (readonly [low: number, high: number])[];
}

/** An area on top of the areas before it. */
export interface Layer {
  readonly name: string;
  readonly colour: Colour;
  readonly points: readonly Point[];
}

export type Unit = 'count' | 'per-second' | 'seconds' | 'percent' | 'dollars';

/** One chart of one run. */
export interface Chart {
  readonly unit: Unit;
  /** Latencies range from milliseconds to minutes: a logarithmic axis, where they do. */
  readonly isWide: boolean;
  readonly layers: readonly Layer[];
  readonly lines: readonly Line[];
  /** A line across, such as an objective. */
  readonly limit?: { readonly value: number; readonly name: string };
}

/** A time that is shaded and named behind every chart of a run. */
export interface Span {
  readonly name: string;
  /** Its settings in words; may be empty. */
  readonly detail: string;
  readonly from: Seconds;
  /** Equal to `from`: something that happens at once. */
  readonly to: Seconds;
  readonly kind: 'fault' | 'traffic' | 'control' | 'warm-up';
}

/** Axes that charts share, so that runs can be compared by eye. */
export interface Axes {
  readonly end: Seconds;
  readonly scale: 'linear' | 'log';
  readonly low: number;
  readonly high: number;
  /** Between labels of a linear axis. */
  readonly step: number;
}

/** Largest over smallest value from which a logarithmic axis shows more than a linear one. */
const WIDE = 12;

/** Smallest and largest value that any of the charts shows, rounded outward; a linear axis begins at 0. */
export function sharedAxes(charts: readonly Chart[], end: Seconds): Axes {
  const values = charts.flatMap(valuesOf).filter((value) => Number.isFinite(value));
  const positive = values.filter((value) => value > 0);
  const [smallest, largest] = [least(positive), greatest(positive)];
  if (charts.some(({ isWide }) => isWide) && largest > WIDE * smallest) {
    const low = power(10, Math.floor(Math.log10(smallest)));
    return { end, scale: 'log', low, high: power(10, Math.ceil(Math.log10(largest))), step: Number.NaN };
  }
  return { end, scale: 'linear', low: 0, ...roundUp(largest) };
}

function valuesOf({ layers, lines, limit }: Chart): number[] {
  const [first] = layers;
  const stacked = (first?.points ?? []).map((_, i) =>
    layers.reduce((sum, { points }) => sum + (points[i]?.[1] ?? 0), 0),
  );
  const drawn = lines
    .filter(({ isCut }) => !isCut)
    .flatMap(({ points, band }) => [...points.map(([, value]) => value), ...(band ?? []).map(([, high]) => high)]);
  return [...stacked, ...drawn, ...(limit ? [limit.value] : [])];
}

/** Tidy ends of an axis, and the steps that divide them. */
const ENDS = [
  [1, 0.25],
  [1.5, 0.5],
  [2, 0.5],
  [2.5, 0.5],
  [3, 1],
  [4, 1],
  [5, 1],
  [6, 2],
  [8, 2],
  [10, 2],
] as const;

function roundUp(value: number): Pick<Axes, 'high' | 'step'> {
  if (!(value > 0)) return { high: 1, step: 0.5 };
  const unit = power(10, Math.floor(Math.log10(value)));
  const [end, step] = ENDS.find(([one]) => one * unit >= value * (1 - 1e-9)) ?? [10, 2];
  return { high: end * unit, step: step * unit };
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

function greatest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
}
