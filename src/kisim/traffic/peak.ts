import { quantileSorted } from '../../base/statistics.js';
import type { RequestsPerSecond } from '../../base/units.js';
import { pathDuration, type RatePath, rateAt } from './rate-path.js';
import type { RequestTrace } from './request-trace.js';

/** What counts as the peak of a rate: what it exceeds for two per cent of the time. */
const PEAK = 0.98;
const MINUTE = 60;
const MOST_SAMPLES = 4000;

/** The `q` quantile over time of the rate of several paths together (sampled every second, at most 4,000 times). */
export function rateQuantile(paths: readonly RatePath[], q: number): RequestsPerSecond {
  const span = Math.max(0, ...paths.map(pathDuration));
  const count = Math.max(1, Math.min(MOST_SAMPLES, Math.ceil(span)));
  const samples = Float64Array.from({ length: count }, (_, i) => {
    const at = ((i + 0.5) * span) / count;
    return paths.reduce((sum, path) => sum + rateAt(path, at), 0);
  });
  return quantileSorted(samples.sort(), q);
}

/** Peak of the rate of several paths together. */
export function peakOfPaths(paths: readonly RatePath[]): RequestsPerSecond {
  return rateQuantile(paths, PEAK);
}

/** Peak of the rate of a trace, counted by the minute. Plays it once. */
export function peakOfTrace(trace: RequestTrace): RequestsPerSecond {
  const counts = new Float64Array(Math.floor(trace.duration / MINUTE) + 1);
  const traffic = trace.open();
  for (let request = traffic.next(); request; request = traffic.next()) {
    const minute = Math.min(counts.length - 1, Math.floor(request.arrival / MINUTE));
    counts[minute] = (counts[minute] as number) + 1;
  }
  return quantileSorted(counts.sort(), PEAK) / Math.min(MINUTE, trace.duration || MINUTE);
}
