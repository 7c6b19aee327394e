import { exponential, logNormal, normal } from '../../base/distributions.js';
import type { Rng } from '../../base/rng.js';
import type { RequestsPerSecond, Seconds } from '../../base/units.js';
import type { GapFamily } from './gaps.js';
import { expectedRequests, type RatePath, scalePath } from './rate-path.js';

/** One client's rate over time; its name keeps its randomness apart from that of others. */
export interface Client {
  readonly name: string;
  readonly path: RatePath;
}

/**
 * What ServeGen's 162 clients of m-large are like (alibaba/ServeGen, Apache-2.0; 14 days in windows of ten minutes), fitted:
 * few clients bring most requests, most are silent most of the time, and all are bursty in their own way.
 */
const FITTED = {
  /** Standard deviation over clients of the logarithm of the mean rate while active. */
  rateSigma: 1.33,
  /** Deciles over clients of the share of windows in which a client is active. */
  activity: [0.0005, 0.0025, 0.006, 0.0135, 0.0366, 0.0714, 0.2427, 0.4644, 0.7508, 0.9517, 1],
  /** A client that is active a share a of the time stays so for spell / (1 - a), and away for spell / a, in the mean. */
  spell: 2900,
  /** Logarithm of the rate within a client: standard deviation, and correlation from one window to the next. */
  withinSigma: 1.27,
  correlation: 0.84,
  window: 600,
  /** Coefficient of variation of gaps: median over clients and standard deviation of its logarithm. */
  cvMedian: 1.56,
  cvSigma: 0.65,
  /** Share of clients whose gaps look like a Weibull law rather than a Gamma law. */
  weibullShare: 0.23,
} as const;

export interface ClientPopulation {
  readonly count: number;
  /** Mean of all of them together over the run. */
  readonly rate: RequestsPerSecond;
  readonly duration: Seconds;
}

/**
 * A population of clients like ServeGen's, scaled to the mean rate that was asked for; who is active when, how much and how
 * bursty is drawn. Client i draws from the stream `client/i` alone.
 */
export function drawClients({ count, rate, duration }: ClientPopulation, rng: Rng): readonly Client[] {
  for (let attempt = 0; ; attempt++) {
    const clients = Array.from({ length: count }, (_, i): Client => {
      const name = `client/${i}`;
      return { name, path: drawClient(rng.stream(attempt === 0 ? name : `${name}/${attempt}`), duration) };
    });
    const expected = clients.reduce((sum, { path }) => sum + expectedRequests(path), 0);
    // A few clients may all stay away for the whole of a short run: then others are drawn.
    if (expected === 0) continue;
    const factor = (rate * duration) / expected;
    return clients.map(({ name, path }) => ({ name, path: scalePath(path, { rate: factor }) }));
  }
}

function drawClient(rng: Rng, duration: Seconds): RatePath {
  const level = logNormal(rng, 1, FITTED.rateSigma);
  const activity = drawActivity(rng);
  const cv = logNormal(rng, FITTED.cvMedian, FITTED.cvSigma);
  const family: GapFamily = rng.next() < FITTED.weibullShare ? 'Weibull' : 'Gamma';
  const levels = drawLevels(rng.stream('levels'));
  const times: Seconds[] = [];
  const rates: RequestsPerSecond[] = [];
  const spells = rng.stream('spells');
  let isActive = spells.next() < activity;
  let window = 0;
  let wave = levels();
  for (let at = 0; at < duration; isActive = !isActive) {
    const rest = isActive ? 1 - activity : activity;
    const end = Math.min(duration, rest === 0 ? duration : at + exponential(spells, FITTED.spell / rest));
    while (at < end) {
      const until = Math.min(end, (window + 1) * FITTED.window);
      const rate = isActive ? level * wave : 0;
      times.push(at, until);
      rates.push(rate, rate);
      at = until;
      if (at < (window + 1) * FITTED.window) continue;
      window++;
      wave = levels();
    }
  }
  return {
    times: Float64Array.from(times),
    rates: Float64Array.from(rates),
    cvs: new Float64Array(times.length).fill(cv),
    families: times.map(() => family),
  };
}

function drawActivity(rng: Rng): number {
  const place = rng.next() * (FITTED.activity.length - 1);
  const i = Math.floor(place);
  const low = FITTED.activity[i] as number;
  return low + (place - i) * ((FITTED.activity[i + 1] as number) - low);
}

/** Factors of mean 1, one a window: a first-order autoregression of the logarithm. */
function drawLevels(rng: Rng): () => number {
  const { withinSigma, correlation } = FITTED;
  let deviation = normal(rng);
  return () => {
    const factor = Math.exp(withinSigma * deviation - (withinSigma * withinSigma) / 2);
    deviation = correlation * deviation + Math.sqrt(1 - correlation * correlation) * normal(rng);
    return factor;
  };
}
