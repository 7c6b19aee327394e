import type { Rng } from '../../base/rng.js';
import { indexAbove } from '../../base/search.js';
import { quote, readFields, readNumber } from './csv-rows.js';
import type { LengthDistribution } from './length-distribution.js';
import type { Lines } from './lines.js';
import { TraceError } from './trace-error.js';

/** Lengths from `low` to `high`, both included, and how often they occur relative to other bins. */
export interface LengthBin {
  readonly low: number;
  readonly high: number;
  readonly weight: number;
}

/** Lengths as they were counted: a bin by its weight, a length evenly within it. At least one weight > 0. */
export function histogramLength(bins: readonly LengthBin[]): LengthDistribution {
  const used = bins.filter(({ weight }) => weight > 0);
  const total = used.reduce((sum, { weight }) => sum + weight, 0);
  let below = 0;
  const sums = Float64Array.from(used, ({ weight }) => {
    below += weight / total;
    return below;
  });
  const mean = used.reduce((sum, { low, high, weight }) => sum + (weight / total) * ((low + high) / 2), 0);
  return {
    mean,
    draw(rng: Rng) {
      const { low, high } = used[indexAbove(sums, rng.next())] as LengthBin;
      return Math.max(1, low + Math.floor(rng.next() * (high - low + 1)));
    },
  };
}

export const TOKEN_HISTOGRAM_HEADER = 'model,field,bin_lo,bin_hi,prob';
const LOW = { name: 'bin_lo', min: 0, max: 1e7 };
const HIGH = { name: 'bin_hi', min: 0, max: 1e7 };
const SHARE = { name: 'prob', min: 0, max: 1 };

/**
 * Token lengths of one model as ServeGen counted them (alibaba/ServeGen, Apache-2.0): CSV with the header
 * `model,field,bin_lo,bin_hi,prob`, field `input_tokens` or `output_tokens`, bins of whole tokens. Throws TraceError.
 */
export function readTokenHistogram(
  lines: Lines,
  model: string,
  field: 'input_tokens' | 'output_tokens',
): LengthDistribution {
  const bins: LengthBin[] = [];
  const models = new Set<string>();
  let last = 1;
  for (const { line, fields } of readFields(lines, { header: TOKEN_HISTOGRAM_HEADER, count: 5 })) {
    const [name, what, lowest, highest, share] = fields as [string, string, string, string, string];
    last = line;
    models.add(name);
    if (name !== model || what !== field) continue;
    const low = readNumber(lowest, line, LOW);
    const high = readNumber(highest, line, HIGH);
    if (high < low) throw new TraceError(line, `bin_hi must be >= bin_lo (${low}), found ${high}`);
    bins.push({ low: Math.round(low), high: Math.round(high), weight: readNumber(share, line, SHARE) });
  }
  if (bins.some(({ weight }) => weight > 0)) return histogramLength(bins);
  const known = [...models].join(', ') || 'none';
  throw new TraceError(last + 1, `no ${field} with prob > 0 for model ${quote(model)}; models in the file: ${known}`);
}
