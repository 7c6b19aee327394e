import { z } from 'zod';
import { err, ok, type Result } from '../base/result.js';
import type { Seconds } from '../base/units.js';
import type { RefusalCode } from '../decision/decision.js';

/** One sample: evaluation time and value; NaN means "no evidence" (a quantile without observations). */
export interface Sample {
  readonly at: Seconds;
  readonly value: number;
}

/** What a query came to. `isPartial`: Prometheus warned that not everything could be read. */
export interface QueryResult {
  readonly samples: readonly Sample[];
  readonly labels: Readonly<Record<string, string>>;
  readonly isPartial: boolean;
}

const sample = z.tuple([z.number().finite(), z.string().max(64)]);
const labels = z.record(z.string(), z.string());
const head = {
  status: z.literal('success'),
  warnings: z.array(z.string()).optional(),
  infos: z.array(z.string()).optional(),
};

const vector = z.object({
  ...head,
  data: z.object({ resultType: z.literal('vector'), result: z.array(z.object({ metric: labels, value: sample })) }),
});

const matrix = z.object({
  ...head,
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(z.object({ metric: labels, values: z.array(sample) })),
  }),
});

/**
 * Parses the body of an instant query that may yield at most one series. Pure.
 * KIS_METRICS_MALFORMED for anything else: an error status, a scalar, two series, a value that is no number.
 */
export function parseVector(body: unknown): Result<QueryResult, RefusalCode> {
  const all = parseVectors(body);
  return all.ok ? onlyOf(all.value) : all;
}

/** The same for a range query: one series of samples in order of time. */
export function parseMatrix(body: unknown): Result<QueryResult, RefusalCode> {
  const all = parseMatrices(body);
  return all.ok ? onlyOf(all.value) : all;
}

/** Every series of an answer. */
export interface Answer {
  readonly series: readonly QueryResult[];
  readonly isPartial: boolean;
}

/** The body of an instant query, with as many series as there are, a sample each. Pure. */
export function parseVectors(body: unknown): Result<Answer, RefusalCode> {
  const parsed = vector.safeParse(body);
  if (!parsed.success) return err('KIS_METRICS_MALFORMED');
  const { data, warnings } = parsed.data;
  return toAnswer(
    data.result.map(({ metric, value }) => ({ metric, pairs: [value] })),
    warnings,
  );
}

/** The body of a range query, with as many series as there are. Pure. */
export function parseMatrices(body: unknown): Result<Answer, RefusalCode> {
  const parsed = matrix.safeParse(body);
  if (!parsed.success) return err('KIS_METRICS_MALFORMED');
  const { data, warnings } = parsed.data;
  return toAnswer(
    data.result.map(({ metric, values }) => ({ metric, pairs: values })),
    warnings,
  );
}

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly pairs: readonly (readonly [number, string])[];
}

function toAnswer(found: readonly Series[], warnings: readonly string[] = []): Result<Answer, RefusalCode> {
  const isPartial = warnings.length > 0;
  const series: QueryResult[] = [];
  for (const { metric, pairs } of found) {
    const samples: Sample[] = [];
    for (const [at, text] of pairs) {
      const value = parseSampleValue(text);
      if (value === undefined) return err('KIS_METRICS_MALFORMED');
      samples.push({ at, value });
    }
    series.push({ samples, labels: metric, isPartial });
  }
  return ok({ series, isPartial });
}

function onlyOf({ series, isPartial }: Answer): Result<QueryResult, RefusalCode> {
  if (series.length > 1) return err('KIS_METRICS_MALFORMED');
  return ok(series[0] ?? { samples: [], labels: {}, isPartial });
}

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/** A value as Prometheus prints it. `Number` alone is no parser: it reads '' as 0 and '+Inf' as NaN. */
function parseSampleValue(text: string): number | undefined {
  if (text === 'NaN') return Number.NaN;
  if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  if (!NUMBER.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
