/** One round of a sweep: so many of the trials are played on so many of the windows. */
export interface Rung {
  readonly trials: number;
  readonly windows: number;
}

/** Of how many trials one goes on to the next rung, with so many times the windows. */
export const ETA = 3;

/**
 * The rungs of successive halving (Jamieson and Talwalkar 2016) with a factor of three: all trials on few windows first, the
 * best third on three times as many, until the last rung has all windows and three trials or a few more to choose from. Every
 * rung costs about the same.
 */
export function planRungs(trials: number, windows: number): readonly Rung[] {
  const byTrials = thirds(trials).filter((count) => count >= ETA || count === trials);
  const byWindows = thirds(windows);
  const rounds = Math.min(byTrials.length, byWindows.length);
  return Array.from({ length: rounds }, (_, i) => ({
    trials: Math.ceil(byTrials[i] as number),
    windows: Math.ceil(byWindows[rounds - 1 - i] as number),
  }));
}

/** A number, a third of it, a third of that, as long as one or more is left. */
function thirds(count: number): readonly number[] {
  const values = [count];
  for (let next = count / ETA; next >= 1; next /= ETA) values.push(next);
  return values;
}
