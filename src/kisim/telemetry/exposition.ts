import type { Series } from '../../engines/series.js';

/** One family of Prometheus' text format, version 0.0.4. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly samples: readonly MetricSample[];
  /** How the program that it comes from writes numbers and labels; absent: as Python's client. */
  readonly dialect?: 'prometheus-cpp';
}

export interface MetricSample {
  /** Appended to the family's name, e.g. `_bucket`. */
  readonly suffix?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Content type of the text. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * The text of a scrape. Labels in alphabetical order and numbers as Python's client writes them, like vLLM's own; in Triton's
 * dialect (prometheus-cpp) numbers are bare, NaN is `Nan`, and `le` and `quantile` come last.
 */
export function renderExposition(families: readonly MetricFamily[]): string {
  const lines: string[] = [];
  for (const { name, help, type, samples, dialect } of families) {
    const format = dialect === undefined ? formatFloat : formatBare;
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const { suffix = '', labels, value } of samples)
      lines.push(`${name}${suffix}${renderLabels(labels, dialect === undefined)} ${format(value)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** A family of one sample. */
export function single(series: Series, labels: Readonly<Record<string, string>>, value: number): MetricFamily {
  return family(series, [[labels, value]]);
}

/** A gauge or counter under its newest name. */
export function family(
  series: Series,
  samples: readonly (readonly [Readonly<Record<string, string>>, number])[],
): MetricFamily {
  const { names, help, kind } = series;
  return { name: names[0], help, type: kind, samples: samples.map(([labels, value]) => ({ labels, value })) };
}

/** Counts that are not cumulative, one more than bounds, become cumulative buckets with le="+Inf". */
export function histogramFamily(
  series: Series,
  labels: Readonly<Record<string, string>>,
  data: { readonly counts: ArrayLike<number>; readonly sum: number },
): MetricFamily {
  let cumulative = 0;
  const buckets = Array.from(data.counts, (count, i): MetricSample => {
    cumulative += count;
    const le = formatFloat(series.bounds?.[i] ?? Number.POSITIVE_INFINITY);
    return { suffix: '_bucket', labels: { ...labels, le }, value: cumulative };
  });
  const count = { suffix: '_count', labels, value: cumulative };
  const sum = { suffix: '_sum', labels, value: data.sum };
  return { name: series.names[0], help: series.help, type: 'histogram', samples: [...buckets, count, sum] };
}

function renderLabels(labels: Readonly<Record<string, string>>, isSorted: boolean): string {
  const names = isSorted ? Object.keys(labels).sort() : Object.keys(labels);
  if (names.length === 0) return '';
  return `{${names.map((name) => `${name}="${escapeLabel(labels[name] as string)}"`).join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

/** As floatToGoString of Python's prometheus_client: `5.0`, `0.25`, `1.234567e+06`, `+Inf`. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const text = Number.isInteger(value) && Math.abs(value) < 1e16 ? `${value}.0` : String(value);
  const point = text.indexOf('.');
  if (value <= 0 || point <= 6 || text.includes('e')) return text;
  const digits = `${text.slice(0, 1)}.${text.slice(1, point)}${text.slice(point + 1)}`.replace(/[0.]+$/, '');
  return `${digits}e+${String(point - 1).padStart(2, '0')}`;
}

/** As prometheus-cpp's text serializer: `5`, `0.25`, `Nan`, `+Inf`. */
function formatBare(value: number): string {
  if (Number.isNaN(value)) return 'Nan';
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}
