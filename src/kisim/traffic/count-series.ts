import type { Seconds } from '../../base/units.js';
import { quote, readNumber, readText } from './csv-rows.js';
import type { Lines } from './lines.js';
import { type PathWindow, pathOfWindows } from './path-of-windows.js';
import type { RatePath } from './rate-path.js';
import { secondsOfStamp } from './stamp.js';
import { TraceError } from './trace-error.js';

/** Headers of count series: NAB's and that of the World Cup of 1998. */
export const SERIES_HEADERS: readonly string[] = ['timestamp,value', 'period,count'];

interface Count {
  readonly line: number;
  readonly at: Seconds;
  readonly count: number;
}

/**
 * A series of counts per interval as a rate: CSV with the header `timestamp,value` (numenta/NAB) or `period,count`
 * (nimamahmoudi/worldcup98-dataset), stamps like `2014-07-01 00:30:00` on a grid, each the start of its interval. The rate is
 * linear between the middles of intervals, so steps are smooth and the total stays. An interval that is not listed counted
 * nothing (the World Cup's file leaves empty minutes out). Throws TraceError, which names the line.
 */
export function readCountSeries(lines: Lines): RatePath {
  const counts = [...readCounts(lines)];
  const first = counts[0];
  if (!first || counts.length < 2)
    throw new TraceError(counts.length + 2, `at least two rows are needed, found ${counts.length}`);
  let interval = Number.POSITIVE_INFINITY;
  for (let i = 1; i < counts.length; i++)
    interval = Math.min(interval, (counts[i] as Count).at - (counts[i - 1] as Count).at);
  const windows: PathWindow[] = [];
  for (const { line, at, count } of counts) {
    const place = (at - first.at) / interval;
    if (!Number.isInteger(place)) throw new TraceError(line, `stamps must lie on a grid of ${interval} s`);
    if (place > MOST_WINDOWS) throw new TraceError(line, `at most ${MOST_WINDOWS} intervals of ${interval} s fit`);
    while (windows.length < place) windows.push({ rate: 0 });
    windows.push({ rate: count / interval });
  }
  return pathOfWindows(windows, interval);
}

/** Ten million intervals: 19 years of minutes. */
const MOST_WINDOWS = 1e7;

function* readCounts(lines: Lines): Generator<Count> {
  let previous = Number.NEGATIVE_INFINITY;
  let name = '';
  for (const { line, text } of readText(lines)) {
    if (line === 1) {
      if (!SERIES_HEADERS.includes(text))
        throw new TraceError(1, `the header must be ${SERIES_HEADERS.join(' or ')}, found ${quote(text)}`);
      name = text.split(',')[1] as string;
      continue;
    }
    if (text === '') continue;
    const [stamp = '', value = '', ...more] = text.split(',');
    if (more.length > 0) throw new TraceError(line, `2 fields expected, found ${more.length + 2}`);
    const at = secondsOfStamp(stamp.trim());
    if (at === undefined)
      throw new TraceError(line, `the stamp must be like 2014-07-01 00:30:00, found ${quote(stamp)}`);
    if (at <= previous) throw new TraceError(line, `stamps must ascend, found ${quote(stamp)}`);
    previous = at;
    yield { line, at, count: readNumber(value, line, { name, min: 0, max: 1e9 }) };
  }
}
