import { exponential } from '../../base/distributions.js';
import { createRng } from '../../base/rng.js';
import type { RequestsPerSecond, Seconds } from '../../base/units.js';
import type { ServingProfile } from '../../decision/serving-profile.js';
import type { RequestSpec } from '../../kisim/replica/request.js';
import { sampledPath } from '../../kisim/traffic/rate-path.js';
import { createRateTraffic } from '../../kisim/traffic/rate-traffic.js';
import { conversationLengths, type TokenLengths } from '../../kisim/traffic/token-lengths.js';
import type { Traffic } from '../../kisim/traffic/traffic.js';

const DAY: Seconds = 86_400;
/** Each of KIS-S's four patterns in turn, this long. */
const PATTERN: Seconds = 720;
const LOW: RequestsPerSecond = 3;
const HIGH: RequestsPerSecond = 16;
const SPIKE: RequestsPerSecond = 14;
const SPIKE_LENGTH: Seconds = 150;

/** Periodic, spike, ramp and random after KIS-S, over and over, with spikes on demand: a stream per fleet, all the same. */
export class DemoTraffic implements Traffic {
  readonly #base: Traffic;
  readonly #lengths: TokenLengths;
  readonly #seed: number;
  #next: RequestSpec | undefined;
  #extra: RequestSpec[] = [];
  #spikes = 0;
  #latest: Seconds = 0;

  constructor(profile: ServingProfile, seed: number) {
    this.#seed = seed;
    this.#lengths = conversationLengths(profile.meanInputTokens, profile.meanOutputTokens);
    const path = sampledPath((at) => baseRate(at, seed), DAY, 5);
    this.#base = createRateTraffic({ path, cv: 1.5, lengths: this.#lengths }, createRng(seed).stream('demo'));
    this.#next = this.#base.next();
  }

  /** Adds two and a half minutes of heavy traffic from `at` on; the same for the same number of spikes before. */
  spike(at: Seconds): void {
    const rng = createRng(this.#seed).stream(`spike/${this.#spikes++}`);
    const { input, output } = this.#lengths;
    const requests: RequestSpec[] = [];
    for (let arrival = at; arrival < at + SPIKE_LENGTH; arrival += exponential(rng, 1 / SPIKE)) {
      requests.push({ arrival, inputTokens: input.draw(rng), outputTokens: output.draw(rng) });
    }
    this.#extra = [...this.#extra, ...requests].sort((a, b) => a.arrival - b.arrival);
  }

  next(): RequestSpec | undefined {
    const [extra] = this.#extra;
    const isExtra = extra !== undefined && (this.#next === undefined || extra.arrival < this.#next.arrival);
    const request = isExtra ? this.#extra.shift() : this.#next;
    if (!isExtra) this.#next = this.#base.next();
    if (!request) return undefined;
    // A spike may begin while a later request was already handed out: order of time is kept.
    this.#latest = Math.max(this.#latest, request.arrival);
    return { ...request, arrival: this.#latest };
  }
}

function baseRate(at: Seconds, seed: number): RequestsPerSecond {
  const phase = (at % PATTERN) / PATTERN;
  switch (Math.floor(at / PATTERN) % 4) {
    case 0:
      return LOW + (HIGH - LOW) * (0.5 - 0.5 * Math.cos(2 * Math.PI * phase));
    case 1:
      return phase > 0.3 && phase < 0.7 ? HIGH : LOW;
    case 2:
      return LOW + ((HIGH - LOW) * Math.floor(phase * 20)) / 20;
    default:
      return (
        LOW +
        (HIGH - LOW) *
          createRng(seed)
            .stream(`level/${Math.floor(at / 60)}`)
            .next()
      );
  }
}
