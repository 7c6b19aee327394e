import type { Seconds } from '../../../src/base/units.js';
import type { ModelConfiguration } from './triton-server.js';

/** Poisson traffic in phases, for one model. */
export interface Configuration extends ModelConfiguration {
  readonly name: string;
  readonly phases: readonly { readonly rate: number; readonly seconds: Seconds }[];
  /** Also run in the short form. */
  readonly isShort?: boolean;
}

interface Batching {
  readonly max: number;
  readonly preferred?: readonly number[];
  readonly delayMs?: number;
  readonly instances?: number;
  readonly maxQueueSize?: number;
}

/** `base` of 20 s at one rate, a and c in ms. */
function steady(rate: number, [a, c]: readonly [number, number], batching: Batching, isShort = false): Configuration {
  return phased([{ rate, seconds: STEADY }], [a, c], batching, isShort);
}

function phased(
  phases: Configuration['phases'],
  [a, c]: readonly [number, number],
  { max, preferred = [], delayMs = 0, instances = 1, maxQueueSize }: Batching,
  isShort = false,
): Configuration {
  const rates = phases.map(({ rate }) => rate).join(' -> ');
  const sizes = preferred.length > 0 ? preferred.join('+') : max;
  const cap = maxQueueSize === undefined ? '' : `, queue <= ${maxQueueSize}`;
  const several = instances > 1 ? `, ${instances} instances` : '';
  return {
    name: `${rates}/s, T = ${a} + ${c} b ms, preferred ${sizes} of ${max}, delay ${delayMs} ms${several}${cap}`,
    phases,
    isShort,
    ...{ a, c, maxBatchSize: max, preferred, delayMs, instances },
    ...(maxQueueSize === undefined ? {} : { maxQueueSize }),
  };
}

const STEADY: Seconds = 40;
/** As measured of BERT-like models under Triton: seconds per batch in the tens of milliseconds. */
const MEDIUM = [20, 4] as const;

/** The one on which the race of threads is measured, and which is not judged. */
export const CALIBRATION: Configuration = steady(80, MEDIUM, { max: 16, preferred: [8, 16], delayMs: 1 });

/** Rates, a, c, preferred sizes, queue delays and instances one by one; then overload with recovery, and a queue cap. */
export const CONFIGURATIONS: readonly Configuration[] = [
  steady(50, MEDIUM, { max: 16, preferred: [8, 16], delayMs: 1 }),
  steady(100, MEDIUM, { max: 16, preferred: [8, 16], delayMs: 1 }, true),
  steady(150, MEDIUM, { max: 16, preferred: [8, 16], delayMs: 1 }),
  steady(50, MEDIUM, { max: 16 }),
  steady(150, MEDIUM, { max: 16 }, true),
  steady(100, MEDIUM, { max: 16, preferred: [8] }),
  steady(100, MEDIUM, { max: 16, preferred: [4], delayMs: 20 }),
  steady(100, MEDIUM, { max: 16, delayMs: 10, instances: 2 }),
  steady(60, [40, 10], { max: 8, delayMs: 2, instances: 2 }),
  steady(100, [10, 2], { max: 8, preferred: [4, 8], delayMs: 5 }),
  steady(10, [10, 60], { max: 4, preferred: [2, 4], delayMs: 50 }),
  steady(40, [80, 1], { max: 32, preferred: [16], delayMs: 100 }),
  steady(20, [30, 0.5], { max: 4 }),
  steady(160, [50, 2], { max: 16, preferred: [4, 8, 16], delayMs: 2, instances: 3 }),
  phased(phases(60, 160, 60), [20, 8], { max: 16, preferred: [8, 16], delayMs: 1 }),
  phased(phases(40, 140, 40), [20, 8], { max: 16, instances: 1 }),
  steady(150, [20, 8], { max: 16, maxQueueSize: 32 }),
];

/** Below, above and below capacity again. */
function phases(before: number, over: number, after: number): Configuration['phases'] {
  return [
    { rate: before, seconds: 15 },
    { rate: over, seconds: 8 },
    { rate: after, seconds: 17 },
  ];
}
