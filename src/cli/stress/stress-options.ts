import { GUARDS } from '../../decision/guards.js';
import type { SPLITS } from '../../evaluation/matrix/matrix.js';
import type { EvaluationCase } from '../../evaluation/planned-run.js';
import { ALL_GUARDS } from '../../evaluation/stress/guard-worth.js';
import { sampleWindows } from '../../evaluation/stress/stress-cases.js';
import { openSplit } from '../evaluate/matrix-options.js';
import { UsageError } from '../simulate/usage-error.js';

export interface WindowOptions {
  readonly split?: (typeof SPLITS)[number] | undefined;
  readonly data?: string | undefined;
  readonly windows?: readonly string[] | undefined;
  readonly sample: number;
}

/** The windows that are varied: those named, or a sample; without a data folder synthetic ones of `train`. Throws UsageError. */
export function openWindows({ split, data, windows, sample }: WindowOptions): readonly EvaluationCase[] {
  const cases = openSplit(split ?? (data === undefined ? 'train' : 'select'), { data, windows });
  return windows ? cases : sampleWindows(cases, sample);
}

/** What policies are played without: `true` is all guards at once; `each` is all, and every single one. Throws UsageError. */
export function guardsOf(list: string | true): readonly string[] {
  const each = [ALL_GUARDS, ...GUARDS.map(({ name }) => name)];
  if (list === true) return [ALL_GUARDS];
  if (list === 'each') return each;
  return list.split(',').map((name) => {
    if (!each.includes(name)) throw new UsageError(`--guards: there are each, ${each.join(', ')}, found ${name}`);
    return name;
  });
}
