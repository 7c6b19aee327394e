import type { Seconds } from '../../base/units.js';
import { quote, readFields, readNumber } from './csv-rows.js';
import type { Lines } from './lines.js';
import { lengthOfWindows, pathOfWindows } from './path-of-windows.js';
import type { RatePath } from './rate-path.js';
import { TraceError } from './trace-error.js';

export const SERVEGEN_RATES_HEADER = 'model,t_s,rps,weighted_cv,clients_active';

const TIME = { name: 't_s', min: 0, max: 1e9 };
const RATE = { name: 'rps', min: 0, max: 1e6 };

/**
 * The rate of one model of ServeGen (alibaba/ServeGen, Apache-2.0, aggregated over clients), in windows of equal length. A window
 * of rate 0 is missing data and left out: time closes up over it. The variation in the file is a client's, rate-weighted, not
 * that of their sum, which is smoother: the clients' own rows bring it (`readServeGenClient`). Throws TraceError.
 */
export function readServeGenRates(lines: Lines, model: string): RatePath {
  const windows: { readonly line: number; readonly at: Seconds; readonly rate: number | undefined }[] = [];
  const models = new Set<string>();
  for (const { line, fields } of readFields(lines, { header: SERVEGEN_RATES_HEADER, count: 5 })) {
    const [name, time, rps] = fields as [string, string, string];
    models.add(name);
    if (name !== model) continue;
    const rate = readNumber(rps, line, RATE);
    windows.push({ line, at: readNumber(time, line, TIME), rate: rate > 0 ? rate : undefined });
  }
  if (windows.length === 0)
    throw new TraceError(2, `model must be one of ${[...models].join(', ') || 'none'}, found ${quote(model)}`);
  return pathOfWindows(windows, lengthOfWindows(windows));
}
