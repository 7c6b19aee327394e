import type { Seconds } from '../base/units.js';
import type { Span } from './chart.js';

/** Lines of names above a chart; names that fit in none of them are left to the list above the charts. */
const LANES = 3;
/** Width of a letter, with some air. */
const LETTER = 6;

/** Where a span's name stands. */
export interface Label {
  /** Line above the chart, the lowest is 0; undefined: no room. */
  readonly lane: number | undefined;
  /** To the right of the span's middle, so that it does not leave the chart. */
  readonly shift: number;
}

/** Names above their spans that cover neither each other nor the labels of the axis. `width` is that of the axis, in letters' units. */
export function placeLabels(
  spans: readonly Span[],
  { end, width }: { readonly end: Seconds; readonly width: number },
): ReadonlyMap<Span, Label> {
  const taken: { readonly lane: number; readonly from: number; readonly to: number }[] = [];
  return new Map(
    spans.map((span) => {
      const middle = (width * (span.from + Math.min(span.to, end))) / 2 / end;
      const half = Math.min(width, LETTER * span.name.length) / 2;
      const at = Math.min(Math.max(middle, half), width - half);
      const [from, to] = [at - half, at + half];
      const lane = Array.from({ length: LANES }, (_, i) => i).find((one) =>
        taken.every((other) => other.lane !== one || other.to <= from || other.from >= to),
      );
      if (lane !== undefined) taken.push({ lane, from, to });
      return [span, { lane, shift: at - middle }];
    }),
  );
}

/** Lines that the names take up. */
export function laneCount(labels: ReadonlyMap<Span, Label>): number {
  return Math.max(0, ...[...labels.values()].map(({ lane }) => (lane === undefined ? 0 : lane + 1)));
}
