import type { Chart, Colour, Line, Unit } from './chart.js';
import type { RecordedRun } from './recorded-run.js';
import { CHART_KINDS } from './run-charts.js';

const COLOURS: readonly Colour[] = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8'];
const DASHES = [undefined, 'dashed', 'dotted'] as const;

/** What runs are best compared by in one picture: a line of each run's own chart. */
const COMPARED: readonly (readonly [id: string, kind: string, line: string, title: string])[] = [
  ['replicas', 'replicas', 'spec.replicas', 'spec.replicas'],
  ['waiting', 'queue', 'waiting', 'Requests waiting'],
  ['ttft', 'ttft', 'p99', 'Time to first token, p99'],
  ['latency', 'latency', 'p99', 'End to end latency, p99'],
  ['misses', 'misses', 'so far', 'Misses so far'],
  ['cost', 'cost', 'dollars', 'Cost so far'],
];

/** Charts with one line per run. */
export function comparisons(
  runs: readonly RecordedRun[],
): readonly { readonly id: string; readonly title: string; readonly chart: Chart }[] {
  return COMPARED.map(([id, kindId, lineName, title]) => {
    const kind = CHART_KINDS.find((one) => one.id === kindId);
    const charts = runs.flatMap((run) => (kind ? [kind.of(run)] : []));
    const lines = charts.flatMap(({ lines }, i) =>
      lines.filter(({ name }) => name === lineName).map((line) => restyled(line, runs[i]?.policy ?? '', i)),
    );
    const [first] = charts;
    const { unit, isWide, limit } = first ?? { unit: 'count' as Unit, isWide: false };
    return { id, title, chart: { unit, isWide, layers: [], lines, ...(limit ? { limit } : {}) } };
  });
}

/** By colour and by dash, for eyes that tell colours apart badly. */
function restyled({ points, isStep = false }: Line, name: string, i: number): Line {
  const dash = DASHES[i % DASHES.length];
  return { name, points, isStep, colour: COLOURS[i % COLOURS.length] as Colour, ...(dash ? { dash } : {}) };
}
