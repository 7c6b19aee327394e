import { clamp } from '../base/numbers.js';
import type { DecisionInput } from './decide-all.js';
import { SIGNALS, type SignalName } from './signal.js';
import type { Situation } from './situation.js';
import { latest, type Window } from './window.js';

/** One number that a decision is made from, and how to have it otherwise, all else equal. */
export interface ChangeableInput {
  readonly name: string;
  readonly unit: string;
  readonly isInteger: boolean;
  /** The newest reading; undefined where there is none. */
  readonly read: (situation: Situation) => number | undefined;
  /** What counts as much as the value itself where that is smaller: a change of 100 %. */
  readonly scale: (situation: Situation) => number;
  /** Smallest and largest value that it may have. */
  readonly range: (situation: Situation) => readonly [low: number, high: number];
  readonly change: (situation: Situation, value: number) => DecisionInput;
}

const rangeOf = (name: SignalName): readonly [number, number] => [SIGNALS[name].min, SIGNALS[name].max];

/** The newest sample of one signal, `value` in its place. */
function withSample(window: Window, name: SignalName, value: number): Window {
  const sample = latest(window, name);
  if (!sample) return window;
  const series = window.series[name].slice();
  series[series.length - 1 - sample.ticksAgo] = clamp(value, ...rangeOf(name));
  return { ...window, series: { ...window.series, [name]: series } };
}

const signal = (name: string, of: SignalName, scale: ChangeableInput['scale'], isInteger = false): ChangeableInput => ({
  name,
  unit: SIGNALS[of].unit,
  isInteger,
  read: ({ window }) => latest(window, of)?.value,
  scale,
  range: () => rangeOf(of),
  change: ({ workload, window }, value) => ({ workload, window: withSample(window, of, value) }),
});

/** The newest estimate of arrivals: a gateway's count, or the completions that it is made from. */
const arrivals: ChangeableInput = {
  name: 'arrivals',
  unit: 'requests/s',
  isInteger: false,
  read: ({ demand }) => demand.arrivals[demand.arrivals.length - 1],
  scale: ({ capacity }) => capacity.throughput,
  range: ({ window, demand }) => {
    if (latest(window, 'arrivalRate')) return rangeOf('arrivalRate');
    const estimate = demand.arrivals[demand.arrivals.length - 1] ?? 0;
    return [Math.max(0, estimate - (latest(window, 'completionRate')?.value ?? 0)), SIGNALS.completionRate.max];
  },
  change: ({ workload, window, demand }, value) => {
    if (latest(window, 'arrivalRate')) return { workload, window: withSample(window, 'arrivalRate', value) };
    const more = value - (demand.arrivals[demand.arrivals.length - 1] ?? 0);
    const completions = latest(window, 'completionRate')?.value ?? 0;
    return { workload, window: withSample(window, 'completionRate', completions + more) };
  },
};

/** Ready replicas; as many more or fewer of them are scraped, so that the metrics are as complete as they were. */
const ready: ChangeableInput = {
  ...signal('ready replicas', 'readyReplicas', () => 1, true),
  change: ({ workload, window }, value) => {
    const more = value - (latest(window, 'readyReplicas')?.value ?? 0);
    const scraped = latest(window, 'scrapedReplicas')?.value ?? 0;
    const changed = withSample(window, 'readyReplicas', value);
    return { workload, window: withSample(changed, 'scrapedReplicas', scraped + more) };
  },
};

/** Free KV cache of the fullest replica, or free GPU memory where the engine has no KV cache: what a policy looks at. */
const headroom: ChangeableInput = {
  name: 'headroom',
  unit: 'ratio',
  isInteger: false,
  read: ({ window }) => {
    const kv = latest(window, 'kvUsage');
    return kv ? 1 - kv.value : latest(window, 'gpuMemoryHeadroom')?.value;
  },
  scale: () => 0.1,
  range: () => [0, 1],
  change: ({ workload, window }, value) => ({
    workload,
    window: latest(window, 'kvUsage')
      ? withSample(window, 'kvUsage', 1 - value)
      : withSample(window, 'gpuMemoryHeadroom', value),
  }),
};

const price: ChangeableInput = {
  name: 'price of a miss',
  unit: 'replicas',
  isInteger: false,
  read: ({ workload }) => workload.missPrice,
  scale: () => 1,
  range: () => [1, 1000],
  change: ({ workload, window }, value) => ({ workload: { ...workload, missPrice: value }, window }),
};

/** The inputs that an explanation may change, one at a time; of two changes of one size the earlier one here is told. */
export const CHANGEABLE_INPUTS: readonly ChangeableInput[] = [
  signal('queue', 'queueDepth', ({ capacity }) => capacity.maxNumSeqs, true),
  arrivals,
  signal('p99', 'p99Latency', ({ workload }) => workload.slo.limit),
  ready,
  headroom,
  price,
];
