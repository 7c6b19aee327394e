import type { Seconds } from '../base/units.js';
import type { Chart, Point } from './chart.js';
import { formatTime, formatValue } from './format.js';

/** What is read out in the place of a chart: for each line its range, when it was largest, and where it ended. */
export function describeChart(title: string, { unit, lines, layers, limit }: Chart, end: Seconds): string {
  const said = [...layers, ...lines].map(({ name, points }) => `${name} ${describePoints(points)}`);
  return `${title}. ${said.join('; ')}.${limit ? ` Limit: ${limit.name}.` : ''}`;

  function describePoints(points: readonly Point[]): string {
    const known = points.filter(([, value]) => Number.isFinite(value));
    const [first] = known;
    if (!first) return 'without values';
    const low = known.reduce((a, b) => (b[1] < a[1] ? b : a), first);
    const high = known.reduce((a, b) => (b[1] > a[1] ? b : a), first);
    const last = known[known.length - 1] as Point;
    const range = `from ${formatValue(low[1], unit)} to ${formatValue(high[1], unit)} (at ${formatTime(high[0], end)})`;
    return low[1] === high[1] ? formatValue(low[1], unit) : `${range}, at the end ${formatValue(last[1], unit)}`;
  }
}
