import { servedLatency } from '../../scenarios/served-latency.js';
import type { MatrixSource, MatrixWindow } from './matrix.js';

/**
 * A window of a source on another profile: as many replicas' worth of load, the same cold start, and an objective that is as many
 * times the new profile's p99 at 60 % load as it was of the old one's; clients wait no shorter than before. Throws RangeError
 * where that p99 was not measured at the source's lengths.
 */
export function withProfile(window: MatrixWindow, { lengths }: MatrixSource, profile: string): MatrixWindow {
  const before = servedLatency(window.profile, lengths ?? 'profile');
  const after = servedLatency(profile, lengths ?? 'profile');
  const { metric, limit } = window.slo;
  const slo = { metric, limit: Number(((limit * after[metric]) / before[metric]).toFixed(2)) };
  const least = Number(Math.max(1.5 * slo.limit, 2 * after.e2e).toFixed(1));
  return { ...window, profile, slo, clientTimeout: Math.max(window.clientTimeout, least) };
}
