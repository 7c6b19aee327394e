import { AZURE_HEADER, readAzureTrace } from './azure-trace.js';
import type { Client } from './clients.js';
import { readCountSeries, SERIES_HEADERS } from './count-series.js';
import { inFile, quote, readText } from './csv-rows.js';
import type { Lines } from './lines.js';
import { readMooncakeTrace } from './mooncake-trace.js';
import type { RatePath } from './rate-path.js';
import { readRateTrace } from './rate-trace.js';
import { type RequestTrace, readRequestTrace } from './request-trace.js';
import { readServeGenClient } from './servegen-client.js';
import { readServeGenRates, SERVEGEN_RATES_HEADER } from './servegen-rates.js';
import { TraceError } from './trace-error.js';
import type { TraceFiles } from './trace-files.js';

/** What a file of traffic holds: requests one by one, or rates to draw them from, one path or one for each client. */
export type TrafficSource =
  | { readonly kind: 'requests'; readonly trace: RequestTrace }
  | { readonly kind: 'rates'; readonly path: RatePath }
  | { readonly kind: 'clients'; readonly clients: readonly Client[] };

/** Formats of traffic files, and how each begins. A folder is `servegen-clients`. */
const FORMATS = {
  requests: (line) => line.startsWith('arrival_s'),
  rates: (line) => line.startsWith('time_s'),
  azure: (line) => line === AZURE_HEADER,
  mooncake: (line) => line.startsWith('{'),
  counts: (line) => SERIES_HEADERS.includes(line),
  'servegen-rates': (line) => line === SERVEGEN_RATES_HEADER,
  'servegen-clients': (line) => /^0(\.0*)?,[^,]*,[^,]*,(Gamma|Weibull|),/.test(line),
} as const satisfies Record<string, (firstLine: string) => boolean>;

export type TraceFormat = keyof typeof FORMATS;

export const TRACE_FORMATS = Object.keys(FORMATS) as readonly TraceFormat[];

export interface SourceFile {
  readonly file: string;
  /** Absent: found out from its first line. */
  readonly format?: TraceFormat | undefined;
  /** Which model's rate, in a file of several. */
  readonly model?: string | undefined;
}

/** What was read through the same files before: a window of two months of minutes costs more to read than to play. */
const known = new WeakMap<TraceFiles, Map<string, TrafficSource>>();

/**
 * Reads and checks a file, or a folder of clients, of any format; through the same `files` once. Throws TraceError, which names
 * file and line, or as `fs` does.
 */
export function readSource(source: SourceFile, files: TraceFiles): TrafficSource {
  const key = JSON.stringify([source.file, source.format, source.model]);
  const before = known.get(files) ?? new Map<string, TrafficSource>();
  known.set(files, before);
  const found = before.get(key) ?? readAnew(source, files);
  before.set(key, found);
  return found;
}

function readAnew({ file, format, model }: SourceFile, files: TraceFiles): TrafficSource {
  const members = files.list(file);
  if (members) return { kind: 'clients', clients: readClients(file, members, files) };
  const lines = files.lines(file);
  return inFile(file, () => readFile(lines, format ?? findFormat(lines), model ?? ''));
}

function readFile(lines: Lines, format: TraceFormat, model: string): TrafficSource {
  switch (format) {
    case 'requests':
      return { kind: 'requests', trace: readRequestTrace(lines) };
    case 'azure':
      return { kind: 'requests', trace: readAzureTrace(lines) };
    case 'mooncake':
      return { kind: 'requests', trace: readMooncakeTrace(lines) };
    case 'rates':
      return { kind: 'rates', path: readRateTrace(lines) };
    case 'counts':
      return { kind: 'rates', path: readCountSeries(lines) };
    case 'servegen-rates':
      return { kind: 'rates', path: readServeGenRates(lines, model) };
    case 'servegen-clients':
      return { kind: 'rates', path: readServeGenClient(lines) };
  }
}

function readClients(folder: string, members: readonly string[], files: TraceFiles): readonly Client[] {
  if (members.length === 0) throw new TraceError(undefined, 'the folder holds no .csv file', folder);
  return members.map((name) => ({ name, path: inFile(name, () => readServeGenClient(files.lines(name))) }));
}

function findFormat(lines: Lines): TraceFormat {
  for (const { text } of readText(lines)) {
    const format = TRACE_FORMATS.find((one) => FORMATS[one](text));
    if (format) return format;
    throw new TraceError(1, `a traffic file begins like one of ${TRACE_FORMATS.join(', ')} does, found ${quote(text)}`);
  }
  throw new TraceError(1, 'the file is empty');
}
