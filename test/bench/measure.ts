/** One figure, measured several times. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Calls `run` once to warm up and `times` times more; what it returns is spread out. */
export function measure(times: number, run: (turn: number) => number): Spread {
  run(0);
  const values = Array.from({ length: times }, (_, turn) => run(turn + 1)).sort((a, b) => a - b);
  return { min: values[0] as number, median: values[values.length >> 1] as number, max: values.at(-1) as number };
}

/**
 * Seconds of processor time, user and system of all threads, that `work` takes: what one core is busy with, whatever else runs
 * on the machine. On a quiet machine the wall clock shows no more, because garbage is partly collected beside.
 */
export function secondsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

export function formatSpread({ min, median, max }: Spread, format: (value: number) => string): string {
  return `${format(median)} [${format(min)}, ${format(max)}]`;
}
