/** Differences of values that are 0 but for rounding. */
const TINY = 1e-6;

/** One signal at one tick: what the real Prometheus answered, and KISim's own values at that tick and its neighbours. */
export interface SignalSample {
  readonly theirs: number;
  readonly ours: number;
  /** KISim's values from one scrape before to one scrape after. */
  readonly around: readonly number[];
}

/** `equal`: up to float and timestamp rounding; `shifted`: a value of one scrape before or after, or between two of them. */
export type Agreement = 'equal' | 'shifted' | 'different';

export interface SignalComparison {
  readonly equal: number;
  readonly shifted: number;
  readonly different: number;
  /** Largest relative difference among those that are neither. */
  readonly worst: number;
}

/** Judges one sample. `rounding` is relative, `tiny` absolute; `slack` widens the hull of the neighbours. */
export function judge({ theirs, ours, around }: SignalSample, rounding: number, slack: number, tiny = TINY): Agreement {
  if (isClose(theirs, ours, rounding, tiny)) return 'equal';
  if (around.some((one) => isClose(theirs, one, rounding, tiny))) return 'shifted';
  const known = around.filter((one) => !Number.isNaN(one));
  const low = Math.min(...known) - slack;
  const high = Math.max(...known) + slack;
  return known.length > 0 && theirs >= low && theirs <= high ? 'shifted' : 'different';
}

export function compareSamples(
  samples: readonly SignalSample[],
  rounding: number,
  slack: number,
  tiny = TINY,
): SignalComparison {
  const judged = samples.map((sample) => ({ sample, agreement: judge(sample, rounding, slack, tiny) }));
  const count = (agreement: Agreement): number => judged.filter((one) => one.agreement === agreement).length;
  const errors = judged
    .filter(({ agreement }) => agreement === 'different')
    .map(({ sample: { theirs, ours } }) => Math.abs(theirs - ours) / Math.max(1, Math.abs(ours)));
  return {
    equal: count('equal'),
    shifted: count('shifted'),
    different: count('different'),
    worst: errors.length === 0 ? 0 : Math.max(...errors),
  };
}

function isClose(a: number, b: number, rounding: number, tiny: number): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
  return Math.abs(a - b) <= rounding * Math.abs(b) + tiny;
}
