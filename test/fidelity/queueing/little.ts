import { type Interval, intervalOf } from './batch-means.js';
import { openRun, type PlayOptions, SERVICE_TIME } from './play.js';
import { SYSTEMS } from './systems.js';

/** Service times between two looks at the telemetry. */
const LOOK = 20;
const BATCHES = 50;

/** Little's law on one run: how many are inside by telemetry, and arrival rate x time in system by the books. */
export interface LittleFinding {
  readonly inside: number;
  /** Telemetry - books, over the books: its interval holds 0 where the law holds. */
  readonly difference: Interval;
}

/**
 * L = lambda W between two ends of KISim that share no code: L is the mean of queueDepth + runningRequests in the windows that a
 * policy gets, lambda W the sum of the times in system of the ledger's requests over the length of the run.
 */
export function playLittle(options: PlayOptions): LittleFinding {
  const system = SYSTEMS.find(({ name }) => name.startsWith('M/M/4,'));
  if (!system) throw new Error('no M/M/4 among the systems');
  const duration = (options.jobs * SERVICE_TIME) / system.load;
  const span = duration / BATCHES;
  const books = new Float64Array(BATCHES);
  const run = openRun(
    system,
    options,
    ({ arrival, finishedAt }) => {
      for (let from = arrival; from < finishedAt; ) {
        const batch = Math.floor(from / span);
        const to = Math.min(finishedAt, (batch + 1) * span);
        if (batch < BATCHES) books[batch] = (books[batch] as number) + (to - from);
        from = to > from ? to : finishedAt;
      }
    },
    LOOK * SERVICE_TIME,
  );
  const inside = insideByTelemetry(run, duration, span);
  // The first batch is the warm-up, which the ledger does not count.
  const pairs = inside.slice(1).map((seen, i) => ({ seen, counted: (books[i + 1] as number) / span }));
  const total = pairs.reduce((sum, { counted }) => sum + counted, 0) / pairs.length;
  return { inside: total, difference: intervalOf(pairs.map(({ seen, counted }) => (seen - counted) / total)) };
}

/** Mean of waiting + running in each batch, from the newest values of the windows. */
function insideByTelemetry(run: ReturnType<typeof openRun>, duration: number, span: number): number[] {
  const { interval, lag } = run.grid;
  const sums = new Float64Array(BATCHES);
  const looks = new Float64Array(BATCHES);
  for (let number = 3; number * interval <= duration; number++) {
    const tick = number * interval;
    run.advanceTo(tick);
    const { queueDepth, runningRequests } = run.window(tick).series;
    const batch = Math.min(BATCHES - 1, Math.floor((tick - lag) / span));
    sums[batch] = (sums[batch] as number) + (queueDepth.at(-1) as number) + (runningRequests.at(-1) as number);
    looks[batch] = (looks[batch] as number) + 1;
  }
  return Array.from(sums, (sum, i) => sum / (looks[i] as number));
}
