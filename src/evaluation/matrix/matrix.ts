import { z } from 'zod';
import type { Seconds } from '../../base/units.js';

/** What a window may be used for: to tune and train, to choose between what was tuned, or to judge, once. */
export const SPLITS = ['train', 'select', 'judge'] as const;
export type Split = (typeof SPLITS)[number];

const span = z.number().positive();

/** One window of one source: which part of it is played, on what fleet, and what counts as a miss. */
const windowSchema = z.strictObject({
  /** `source/short-01`: the source comes before the slash. */
  id: z.string().regex(/^[a-z0-9-]+\/(short|long)-\d\d$/),
  split: z.enum(SPLITS),
  /** Of a source that is a file: where the window begins in it, in its own time. */
  from: z.number().min(0).optional(),
  /** Length of the run, s; the first `warmup` of it are not counted. */
  length: span,
  warmup: z.number().min(0),
  /** Seconds of the run per second of the source; below 1 it is compressed. */
  time: span,
  /** 98th percentile of the load in replicas. */
  peak: span,
  /** Variation of the gaps between requests, where the source is a rate. */
  cv: span.optional(),
  profile: z.string().min(1),
  /** Median from creation to ready, s. */
  coldStart: span,
  slo: z.strictObject({ metric: z.enum(['ttft', 'e2e']), limit: span }),
  clientTimeout: span,
  maxReplicas: z.number().int().min(1),
  initialReplicas: z.number().int().min(1),
});

const sourceSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9-]+$/),
    /** A file in the data folder, or a synthetic family. */
    file: z.string().min(1).optional(),
    pattern: z.string().min(1).optional(),
    /** Which model's rate, in a file of several. */
    model: z.string().min(1).optional(),
    /** Mean lengths of a trace of requests, which has its own. */
    lengths: z.strictObject({ input: span, output: span }).optional(),
  })
  .refine(({ file, pattern }) => (file === undefined) !== (pattern === undefined), 'must have a file or a pattern');

/** `assets/matrix.yaml`: what policies are tuned, chosen and judged on. */
export const matrixSchema = z.strictObject({
  seed: z.number().int(),
  sources: z.array(sourceSchema),
  windows: z.array(windowSchema),
});

export type Matrix = z.output<typeof matrixSchema>;
export type MatrixWindow = Matrix['windows'][number];
export type MatrixSource = Matrix['sources'][number];

/** What is known of a source beside its name: what the drawing of windows needs. */
export interface SourcePlan extends MatrixSource {
  readonly split: Split;
  /** The part of the file that belongs to the split, in its own time. */
  readonly section?: readonly [from: Seconds, to: Seconds];
  /** A slow rate series is also played compressed. */
  readonly isSlow?: true;
  /** Also windows of a whole day. */
  readonly hasDays?: true;
  readonly profiles: readonly string[];
  /** How many times the usual number of windows. */
  readonly weight?: number;
}

/** Windows of less than an hour, or of a whole day; they are reported apart. */
export type WindowLength = 'short' | 'long';

/** Of a window's name; a family or a file of somebody's own has none. */
export function lengthOf(traffic: string): WindowLength | undefined {
  return /\/(short|long)-\d\d$/.exec(traffic)?.[1] as WindowLength | undefined;
}

/** The source of a window's name; a family or a file of somebody's own is its own source. */
export function sourceOf(traffic: string): string {
  return traffic.replace(/\/(short|long)-\d\d$/, '');
}
