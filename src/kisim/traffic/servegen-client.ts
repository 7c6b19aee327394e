import type { Seconds } from '../../base/units.js';
import { quote, readFields, readNumber } from './csv-rows.js';
import type { GapFamily } from './gaps.js';
import type { Lines } from './lines.js';
import { lengthOfWindows } from './path-of-windows.js';
import type { RatePath } from './rate-path.js';
import { TraceError } from './trace-error.js';

const TIME = { name: 't_s', min: 0, max: 1e9 };
const RATE = { name: 'rate_rps', min: 0, max: 1e6 };
const CV = { name: 'cv', min: 1e-3, max: 1e3 };
const PARAMETERS = [
  { name: 'p1', min: 1e-9, max: 1e9 },
  { name: 'p2', min: 1e-9, max: 1e9 },
] as const;

/**
 * One client of ServeGen (arXiv 2505.09999; alibaba/ServeGen, Apache-2.0): rows `t_s,rate_rps,cv,Gamma|Weibull,p1,p2` without a
 * header, windows of equal length from 0 on, each with the client's rate and the variation and family of its gaps; the family is
 * empty where nothing came. The rate is held through a window.
 *
 * Gaps follow the family with the row's mean 1 / rate and its measured variation. For Gamma that is the fitted law itself
 * (p1 = 1 / cv^2, p1 p2 = 1 / rate within 3 % in nine of ten rows); the fitted Weibull laws miss the row's own rate by a fifth in
 * the median and up to threefold, so p1 and p2 are read and checked but the moments win. Throws TraceError.
 */
export function readServeGenClient(lines: Lines): RatePath {
  const windows = [...readWindows(lines)];
  const length = lengthOfWindows(windows);
  const knots: Knot[] = [];
  for (const window of windows) {
    const last = knots.at(-1);
    const end = window.at + length;
    // Silence that goes on is one stretch, so that a client that seldom comes costs little memory.
    if (last?.rate === 0 && window.rate === 0) last.at = end;
    else knots.push(window, { ...window, at: end });
  }
  return {
    times: Float64Array.from(knots, ({ at }) => at),
    rates: Float64Array.from(knots, ({ rate }) => rate),
    cvs: Float64Array.from(knots, ({ cv }) => cv),
    families: knots.map(({ family }) => family),
  };
}

interface Knot {
  readonly line: number;
  at: Seconds;
  readonly rate: number;
  readonly cv: number;
  readonly family: GapFamily;
}

function* readWindows(lines: Lines): Generator<Knot> {
  for (const { line, fields } of readFields(lines, { count: 6 })) {
    const [time, rps, cv, family, first, second] = fields as [string, string, string, string, string, string];
    const at = readNumber(time, line, TIME);
    const rate = readNumber(rps, line, RATE);
    if (rate === 0) {
      yield { line, at, rate, cv: 1, family: 'Gamma' };
      continue;
    }
    if (family !== 'Gamma' && family !== 'Weibull')
      throw new TraceError(line, `the family must be Gamma or Weibull, found ${quote(family)}`);
    readNumber(first, line, PARAMETERS[0]);
    readNumber(second, line, PARAMETERS[1]);
    yield { line, at, rate, cv: readNumber(cv, line, CV), family };
  }
}
