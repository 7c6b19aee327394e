import { PROPOSAL_FAILURES, REFUSALS } from '../decision/decision.js';
import type { BandName, Bin, LatencyName } from './bin.js';
import type { Chart, Colour, Layer, Line, Point, Unit } from './chart.js';
import type { RecordedRun } from './recorded-run.js';
import { POD_PHASES, type ShownPhase } from './tick-sample.js';

/** One kind of chart: every run of a report has it, on the same axes. */
export interface ChartKind {
  readonly id: string;
  readonly title: string;
  /** One sentence on how to read it. */
  readonly note: string;
  readonly of: (run: RecordedRun) => Chart;
  /** What is to be said of one run below its picture; empty: nothing. */
  readonly remark?: (run: RecordedRun) => string;
}

export const CHART_KINDS: readonly ChartKind[] = [
  {
    id: 'arrivals',
    title: 'Requests per second',
    note: 'What arrives, what ends, and the arrival rate as a gateway showed it, where there is one.',
    of: (run) =>
      linear('per-second', [
        bandLine(run, 'arrivalRate', 'arriving', 'c1'),
        bandLine(run, 'endRate', 'ending', 'c3', { dash: 'dashed' }),
        seen(bandLine(run, 'seenArrivalRate', 'seen by the policy', 'c2', { dash: 'dotted' })),
      ]),
  },
  {
    id: 'queue',
    title: 'Requests waiting and running',
    note: 'Over all replicas, and at the gateway while no replica is ready.',
    of: (run) =>
      linear('count', [
        bandLine(run, 'waiting', 'waiting', 'c2'),
        bandLine(run, 'running', 'running', 'c1', { dash: 'dashed' }),
        seen(bandLine(run, 'seenQueue', 'queue seen by the policy', 'ink', { dash: 'dotted' })),
      ]),
  },
  {
    id: 'replicas',
    title: 'Replicas by phase',
    note: 'Stacked; what is starting or draining is billed and serves little. Lines: the count in force, and the count answered, cut off at the edge where a law asks for more than the bounds allow.',
    of: (run) => ({
      unit: 'count',
      isWide: false,
      layers: phaseLayers(run),
      lines: [
        bandLine(run, 'spec', 'spec.replicas', 'ink', { isStep: true }),
        bandLine(run, 'answer', 'answered', 'bad', { isStep: true, dash: 'dotted', isCut: true }),
      ],
    }),
  },
  latency('ttft', 'Time to first token', 'ttft'),
  latency('tpot', 'Time per output token', 'none'),
  latency('latency', 'End to end latency', 'e2e'),
  {
    id: 'misses',
    title: 'Requests that miss the objective',
    note: 'Share of the requests that arrived; cumulative since counting began.',
    of: (run) =>
      linear('percent', [
        plain('at the time', 'c2', run, (bin) => share(bin.misses, bin.injected)),
        { name: 'so far', colour: 'ink', dash: 'dashed', points: soFar(run) },
      ]),
  },
  {
    id: 'memory',
    title: 'GPU memory',
    note: 'KV cache in use, and the free share of GPU memory as its exporter shows it.',
    of: (run) =>
      linear('percent', [
        percentLine(bandLine(run, 'kvMax', 'KV use, fullest replica', 'c2')),
        percentLine(bandLine(run, 'kvMean', 'KV use, mean', 'c1', { dash: 'dashed' })),
        percentLine(bandLine(run, 'gpuMemoryHeadroom', 'memory headroom', 'c3', { dash: 'dotted' })),
      ]),
  },
  {
    id: 'cost',
    title: 'Cost so far',
    note: 'Every pod is billed from creation to removal.',
    of: (run) => linear('dollars', [plain('dollars', 'c4', run, ({ dollars }) => dollars)]),
  },
  {
    id: 'source',
    title: 'Who decides',
    note: 'Share of ticks answered by the policy, by the planner, by a policy without guards, or by nobody (the HPA holds). Line: ticks whose count a guard changed.',
    of: (run) => ({
      unit: 'percent',
      isWide: false,
      layers: SOURCES.map(([source, name, colour]) => ({
        name,
        colour,
        points: pointsOf(run, (bin) => share(bin.sources[source], bin.ticks)),
      })).filter(({ points }) => points.some(([, value]) => value > 0)),
      lines: [plain('changed by a guard', 'ink', run, (bin) => share(bin.corrected, bin.ticks))],
    }),
    remark: ({ reasons }) =>
      [...reasons]
        .map(([code, ticks]) => `${ticks} ${ticks === 1 ? 'tick' : 'ticks'}: ${meaningOf(code)} (${code})`)
        .join('; '),
  },
];

const SOURCES = [
  ['policy', 'policy', 'c1'],
  ['planner', 'planner', 'c5'],
  ['unguarded', 'policy, unguarded', 'c6'],
  ['refusal', 'nobody', 'bad'],
] as const;

function meaningOf(code: string): string {
  const meanings: Readonly<Record<string, string>> = { ...PROPOSAL_FAILURES, ...REFUSALS };
  return meanings[code] ?? '';
}

/** Starting phases get lighter the further they are from ready. */
const PHASE_COLOURS: Readonly<Record<ShownPhase, Colour>> = {
  ready: 'c1',
  warmup: 'p1',
  engine: 'p2',
  weights: 'p3',
  image: 'p4',
  node: 'p5',
  schedule: 'p6',
  unschedulable: 'bad',
  restarting: 'c4',
  'node-lost': 'c7',
  draining: 'c6',
};

function phaseLayers(run: RecordedRun): readonly Layer[] {
  return POD_PHASES.map((phase) => ({
    name: phase,
    colour: PHASE_COLOURS[phase],
    points: pointsOf(run, (bin) => bin.pods(phase)),
  })).filter(({ name, points }) => name === 'ready' || points.some(([, value]) => value > 0));
}

function latency(name: LatencyName, title: string, metric: string): ChartKind {
  const quantile = (run: RecordedRun, q: number): readonly Point[] =>
    pointsOf(run, (bin) => bin.latencies[name].quantile(q));
  return {
    id: name,
    title,
    note: 'Quantiles of the requests that ended at the time.',
    of: (run) => ({
      unit: 'seconds',
      isWide: true,
      layers: [],
      lines: [
        { name: 'p50', colour: 'c3', dash: 'dotted', points: quantile(run, 0.5) },
        { name: 'p95', colour: 'c1', dash: 'dashed', points: quantile(run, 0.95) },
        { name: 'p99', colour: 'c2', points: quantile(run, 0.99) },
      ],
      ...(run.slo.metric === metric ? { limit: { value: run.slo.limit, name: `objective ${run.slo.limit} s` } } : {}),
    }),
  };
}

function linear(unit: Unit, lines: readonly (Line | undefined)[]): Chart {
  return { unit, isWide: false, layers: [], lines: lines.filter((line) => line !== undefined) };
}

function bandLine(
  run: RecordedRun,
  of: BandName,
  name: string,
  colour: Colour,
  style: Pick<Line, 'dash' | 'isStep' | 'isCut'> = {},
): Line {
  const points = pointsOf(run, ({ bands }) => bands[of].mean);
  const band = run.bins.map(({ bands }) => [bands[of].min, bands[of].max] as const);
  return { name, colour, points, ...style, ...(run.ticksPerBin > 1 ? { band } : {}) };
}

/** What nobody ever saw is left out of the chart and its legend. */
function seen(line: Line): Line | undefined {
  return line.points.some(([, value]) => Number.isFinite(value)) ? line : undefined;
}

function percentLine(line: Line): Line {
  return {
    ...line,
    points: line.points.map(([at, value]) => [at, 100 * value]),
    ...(line.band ? { band: line.band.map(([low, high]) => [100 * low, 100 * high]) } : {}),
  };
}

function plain(name: string, colour: Colour, run: RecordedRun, of: (bin: Bin) => number): Line {
  return { name, colour, points: pointsOf(run, of) };
}

function soFar(run: RecordedRun): readonly Point[] {
  let misses = 0;
  let injected = 0;
  return pointsOf(run, (bin) => {
    misses += bin.misses;
    injected += bin.injected;
    return share(misses, injected);
  });
}

function pointsOf({ bins }: RecordedRun, of: (bin: Bin) => number): readonly Point[] {
  return bins.map((bin) => [bin.at, of(bin)]);
}

/** Percent; NaN where there is nothing to be a share of. A request may miss in a later bin than it arrived in: 100 at most. */
function share(part: number, whole: number): number {
  return whole === 0 ? Number.NaN : Math.min(100, (100 * part) / whole);
}
