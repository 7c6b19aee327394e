import type { Seconds } from '../../base/units.js';
import { inFile, quote, readFields, readNumber, readText } from '../../kisim/traffic/csv-rows.js';
import { linesOfFile } from '../../kisim/traffic/lines.js';
import { TraceError } from '../../kisim/traffic/trace-error.js';

/** What the scaler answers from a moment on: a metric value, an error, or nothing because it cannot be reached. */
export interface DesiredStep {
  readonly at: Seconds;
  readonly desired: number | 'error' | 'unreachable';
}

/** Turns of the loops; undefined: that loop keeps its period. */
export interface SyncTimes {
  readonly keda?: readonly Seconds[];
  readonly hpa?: readonly Seconds[];
}

const TIME = { name: 'time_s', min: 0, max: 1e10 };
const DESIRED = { name: 'desired (a number, error, unreachable or nothing)', min: 0, max: 1e6 };

/** Rows of `time_s,desired`, times not falling; an empty value is an error. Throws TraceError, and as `fs` does. */
export function readDesired(path: string): readonly DesiredStep[] {
  return inFile(path, () => {
    const steps: DesiredStep[] = [];
    for (const { line, fields } of readFields(linesOfFile(path), { header: 'time_s,desired', count: 2 })) {
      const at = readTime(fields[0] as string, line, steps.at(-1)?.at);
      const text = fields[1] as string;
      if (text === '' || text === 'error') steps.push({ at, desired: 'error' });
      else if (text === 'unreachable') steps.push({ at, desired: text });
      else steps.push({ at, desired: readNumber(text, line, DESIRED) });
    }
    if (steps.length === 0) throw new TraceError(2, 'a row expected, found the end of the file');
    return steps;
  });
}

/** Rows of `time_s,loop` with loop keda or hpa, or of `time_s`, which are then the HPA's. Throws as `readDesired`. */
export function readSyncTimes(path: string): SyncTimes {
  return inFile(path, () => {
    const lines = linesOfFile(path);
    const [first] = readText(lines);
    const hasLoop = first?.text !== 'time_s';
    const times: { keda: Seconds[]; hpa: Seconds[] } = { keda: [], hpa: [] };
    const header = hasLoop ? 'time_s,loop' : 'time_s';
    for (const { line, fields } of readFields(lines, { header, count: hasLoop ? 2 : 1 })) {
      const loop = fields[1] ?? 'hpa';
      if (loop !== 'keda' && loop !== 'hpa')
        throw new TraceError(line, `loop must be keda or hpa, found ${quote(loop)}`);
      times[loop].push(readTime(fields[0] as string, line, times[loop].at(-1)));
    }
    const { keda, hpa } = times;
    if (keda.length + hpa.length === 0) throw new TraceError(2, 'a row expected, found the end of the file');
    return { ...(keda.length > 0 ? { keda } : {}), ...(hpa.length > 0 ? { hpa } : {}) };
  });
}

function readTime(text: string, line: number, previous: Seconds | undefined): Seconds {
  const at = readNumber(text, line, TIME);
  if (previous !== undefined && at < previous)
    throw new TraceError(line, `time_s must be >= ${previous}, that of the row before, found ${at}`);
  return at;
}
