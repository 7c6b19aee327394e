import fc from 'fast-check';
import { gamma } from '../../../src/base/distributions.js';
import { createRng } from '../../../src/base/rng.js';
import { saturationThroughput, type VllmProfile } from '../../../src/decision/serving-profile.js';
import type { EngineOptions } from '../../../src/kisim/replica/engine-options.js';
import type { RequestSpec } from '../../../src/kisim/replica/request.js';
import { type LengthDistribution, logNormalLength } from '../../../src/kisim/traffic/length-distribution.js';
import { KNOTTED_LAW, LINEAR_LAW } from '../../support/laws.js';

/** One random replica and its traffic, in numbers that shrink: a smaller one is a simpler scenario. */
export interface EngineScenario {
  readonly seed: number;
  readonly requests: number;
  readonly hasKnots: boolean;
  /** Times the law as it is in test/support/laws. */
  readonly slowness: number;
  readonly maxNumSeqs: number;
  /** Token budget beyond one token per slot. */
  readonly spareTokens: number;
  readonly blockSize: number;
  /** Mean sequences that the blocks hold, whole; few of them are the cases that preempt. */
  readonly residents: number;
  readonly meanInput: number;
  readonly meanOutput: number;
  readonly sigma: number;
  /** Offered load over what the replica can serve, and coefficient of variation of the gaps. */
  readonly load: number;
  readonly cv: number;
  /** Clients give up after so many mean latencies of an empty replica; 0: never. */
  readonly patience: number;
  /** Requests that may wait; 0: any number. */
  readonly queueCap: number;
  /** Groups of requests that share half of their mean prompt in the prefix cache; 0: no prefix caching. */
  readonly prefixGroups: number;
  /** Steps take so many times as long from the middle of the requests on; 1: no change. */
  readonly slowdown: number;
}

/** Uniform in the logarithm over whole numbers, shrinking towards `low`. */
const logInteger = (low: number, high: number): fc.Arbitrary<number> =>
  fc
    .double({ min: Math.log(low), max: Math.log(high), noNaN: true })
    .map((value) => Math.min(high, Math.max(low, Math.round(Math.exp(value)))));
const tenths = (low: number, high: number): fc.Arbitrary<number> =>
  fc.integer({ min: Math.round(10 * low), max: Math.round(10 * high) }).map((value) => value / 10);

/** Seldom anything but 0. */
const rarely = (values: fc.Arbitrary<number>): fc.Arbitrary<number> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: values });

export const engineScenarios: fc.Arbitrary<EngineScenario> = fc.record({
  seed: fc.integer({ min: 0, max: 1e6 }),
  requests: logInteger(100, 1200),
  hasKnots: fc.boolean(),
  slowness: tenths(0.2, 5),
  maxNumSeqs: fc.oneof(logInteger(1, 256), fc.constant(256)),
  spareTokens: logInteger(16, 8192),
  blockSize: fc.constantFrom(16, 8, 32, 128),
  residents: fc.oneof(tenths(1.2, 12), tenths(1.2, 120)),
  meanInput: logInteger(8, 4000),
  meanOutput: logInteger(2, 500),
  sigma: tenths(0, 1.2),
  load: tenths(0.2, 2),
  cv: fc.constantFrom(1, 0.3, 3, 6),
  patience: rarely(logInteger(1, 50)),
  queueCap: rarely(logInteger(1, 200)),
  prefixGroups: rarely(logInteger(1, 30)),
  slowdown: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: tenths(0.5, 4) }),
});

/** What both engines are given. `patience`: seconds after which clients give up; Infinity: never. */
export interface EngineCase {
  readonly options: EngineOptions;
  readonly requests: readonly RequestSpec[];
  readonly patience: number;
  readonly slowdown: number;
}

/** The engine's options and the requests of a scenario; streams of its seed. */
export function buildCase(scenario: EngineScenario): EngineCase {
  const { seed, meanInput, meanOutput, sigma, cv, prefixGroups } = scenario;
  const options = optionsOf(scenario);
  const rate = scenario.load * capacityOf(scenario, options);
  const rng = createRng(seed);
  const [gaps, lengths, groups] = [rng.stream('gaps'), rng.stream('lengths'), rng.stream('groups')];
  const [input, output]: readonly LengthDistribution[] = [
    logNormalLength(meanInput, sigma),
    logNormalLength(meanOutput, sigma),
  ];
  const longest = (options.kvBlocks - 1) * options.blockSize;
  let arrival = 0;
  const requests = Array.from({ length: scenario.requests }, (): RequestSpec => {
    arrival += gamma(gaps, 1 / (cv * cv), 1 / rate);
    const prompt = Math.min(Math.max(1, longest - 1), (input as LengthDistribution).draw(lengths));
    const answer = Math.min(longest - prompt, (output as LengthDistribution).draw(lengths));
    const base = { arrival, inputTokens: prompt, outputTokens: Math.max(1, answer) };
    if (prefixGroups === 0) return base;
    const prefixGroup = Math.floor(groups.next() * prefixGroups);
    return { ...base, prefixGroup, prefixTokens: Math.min(prompt, Math.ceil(meanInput / 2)) };
  });
  const alone = (meanOutput + meanInput / 100) * options.law.base;
  const patience = scenario.patience === 0 ? Number.POSITIVE_INFINITY : scenario.patience * alone;
  return { options, requests, patience, slowdown: scenario.slowdown };
}

function optionsOf(scenario: EngineScenario): EngineOptions {
  const { maxNumSeqs, blockSize, residents, meanInput, meanOutput, queueCap, prefixGroups } = scenario;
  const blocks = Math.ceil((residents * (meanInput + meanOutput)) / blockSize);
  return {
    law: scenario.hasKnots ? KNOTTED_LAW : LINEAR_LAW,
    speedFactor: scenario.slowness,
    maxNumSeqs,
    maxBatchedTokens: maxNumSeqs + scenario.spareTokens,
    kvBlocks: Math.max(3, blocks + 1),
    blockSize,
    ttftBounds: [1],
    e2eBounds: [1],
    ...(queueCap === 0 ? {} : { queueCap }),
    ...(prefixGroups === 0 ? {} : { prefixCaching: true }),
  };
}

/** Requests per second at saturation. */
function capacityOf({ meanInput, meanOutput, slowness }: EngineScenario, options: EngineOptions): number {
  const { law, maxNumSeqs, maxBatchedTokens, kvBlocks, blockSize } = options;
  const profile: VllmProfile = {
    engine: 'vllm',
    name: 'random',
    law,
    maxNumSeqs,
    maxBatchedTokens,
    kvCapacity: (kvBlocks - 1) * blockSize,
    blockSize,
    gpus: 1,
    gpuMemory: { totalMiB: 1, usedMiB: 0, reservedMiB: 0 },
    coldStart: 0,
    pricePerHour: 0,
    meanInputTokens: meanInput,
    meanOutputTokens: meanOutput,
  };
  return saturationThroughput(profile, meanInput, meanOutput) / slowness;
}
