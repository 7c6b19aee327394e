import type { Dollars, Requests, Seconds } from '../base/units.js';
import { latestOr } from '../decision/window.js';
import { LogHistogram } from '../kisim/log-histogram.js';
import { ANSWER_SOURCES, type AnswerSource, originOf } from './answer-source.js';
import { Band } from './band.js';
import type { ShownPhase, TickSample } from './tick-sample.js';

/** Quantities that a bin keeps smallest, largest and mean of. Rates per second; the rest as at the ticks. */
export const BAND_NAMES = [
  'arrivalRate',
  'endRate',
  'seenArrivalRate',
  'waiting',
  'running',
  'seenQueue',
  'spec',
  'answer',
  'kvMean',
  'kvMax',
  'gpuMemoryHeadroom',
] as const;

export type BandName = (typeof BAND_NAMES)[number];

export const LATENCY_NAMES = ['ttft', 'tpot', 'latency'] as const;

export type LatencyName = (typeof LATENCY_NAMES)[number];

/** Some neighbouring ticks of a run, summed up: as many as one point of a chart stands for. */
export class Bin {
  ticks = 0;
  /** Middle of its ticks. */
  at: Seconds;
  readonly bands: Readonly<Record<BandName, Band>>;
  readonly latencies: Readonly<Record<LatencyName, LogHistogram>>;
  /** Mean pods by phase; a phase without pods may be absent. */
  readonly phases = new Map<ShownPhase, Band>();
  readonly sources: Record<AnswerSource, number>;
  /** Ticks whose count a guard changed. */
  corrected = 0;
  injected: Requests = 0;
  misses: Requests = 0;
  /** Since counting began, at its last tick. */
  dollars: Dollars = 0;

  constructor(at: Seconds) {
    this.at = at;
    this.bands = record(BAND_NAMES, () => new Band());
    this.latencies = record(LATENCY_NAMES, () => new LogHistogram());
    this.sources = record(ANSWER_SOURCES, () => 0);
  }

  static of(sample: TickSample): Bin {
    const bin = new Bin(sample.tick);
    bin.ticks = 1;
    for (const [name, value] of Object.entries(bandValues(sample))) bin.bands[name as BandName].add(value);
    for (const name of LATENCY_NAMES) for (const value of sample.latencies[name]) bin.latencies[name].add(value);
    for (const [phase, pods] of sample.phases) bin.#phase(phase).add(pods);
    const { source, guards } = originOf(sample.answer);
    bin.sources[source] = 1;
    bin.corrected = guards.length > 0 ? 1 : 0;
    bin.injected = sample.injected;
    bin.misses = sample.misses;
    bin.dollars = sample.dollars;
    return bin;
  }

  /** Takes in the bin that follows. */
  merge(next: Bin): void {
    this.at = (this.at * this.ticks + next.at * next.ticks) / (this.ticks + next.ticks);
    this.ticks += next.ticks;
    for (const name of BAND_NAMES) this.bands[name].merge(next.bands[name]);
    for (const name of LATENCY_NAMES) this.latencies[name].merge(next.latencies[name]);
    for (const [phase, band] of next.phases) this.#phase(phase).merge(band);
    for (const source of ANSWER_SOURCES) this.sources[source] += next.sources[source];
    this.corrected += next.corrected;
    this.injected += next.injected;
    this.misses += next.misses;
    this.dollars = next.dollars;
  }

  /** Mean pods in a phase; at a tick that does not name the phase there was none. */
  pods(phase: ShownPhase): number {
    return (this.phases.get(phase)?.sum ?? 0) / this.ticks;
  }

  #phase(phase: ShownPhase): Band {
    const band = this.phases.get(phase) ?? new Band();
    this.phases.set(phase, band);
    return band;
  }
}

function bandValues(sample: TickSample): Record<BandName, number> {
  const { window, answer, replicas } = sample;
  const { interval } = window.grid;
  return {
    arrivalRate: sample.arrivals / interval,
    endRate: sample.ended / interval,
    seenArrivalRate: window.series.arrivalRate.at(-1) ?? Number.NaN,
    waiting: sample.waiting,
    running: sample.running,
    seenQueue: window.series.queueDepth.at(-1) ?? Number.NaN,
    spec: replicas.spec,
    answer: answer.metricTotal ?? Number.NaN,
    kvMean: sample.kvMean,
    kvMax: sample.kvMax,
    gpuMemoryHeadroom: latestOr(window, 'gpuMemoryHeadroom', Number.NaN),
  };
}

function record<K extends string, V>(names: readonly K[], of: () => V): Record<K, V> {
  return Object.fromEntries(names.map((name) => [name, of()])) as Record<K, V>;
}
