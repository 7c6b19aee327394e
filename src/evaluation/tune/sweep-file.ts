import { z } from 'zod';
import { describeIssues } from '../../base/describe-issues.js';
import { err, ok, type Result } from '../../base/result.js';
import type { PlannedPolicy } from '../planned-run.js';
import type { LawSweep, SweptSettings } from './sweep.js';

/** What a sweep was made of, beside its result: enough to make it again. */
export interface SweepRecord {
  /** SHA-256 of the matrix whose training windows were played. */
  readonly matrix: string;
  readonly length: string;
  /** Which settings were swept. */
  readonly settings: SweptSettings;
  readonly windows: number;
  readonly trials: number;
  readonly seeds: number;
  readonly seed: number;
  readonly prices: readonly number[];
  readonly laws: readonly LawSweep[];
}

/** As it is committed: one line a trial, so that a change shows which. */
export function formatSweep({ laws, ...made }: SweepRecord): string {
  const blocks = laws.map(({ law, chosen, trials }) => {
    const lines = trials.map((trial) => `    ${JSON.stringify(trial)}`).join(',\n');
    return `  {"law": ${JSON.stringify(law)}, "chosen": ${JSON.stringify(chosen)}, "trials": [\n${lines}\n  ]}`;
  });
  return `{"made": ${JSON.stringify(made)},\n"laws": [\n${blocks.join(',\n')}\n]}\n`;
}

const schema = z.object({
  laws: z.array(z.object({ law: z.string(), chosen: z.record(z.string(), z.object({ policy: z.string() })) })),
});

/**
 * Policies as they are played with a sweep's result: those by name alone as they are, and beside them the setting chosen for
 * each price. The error says what is wrong with the file.
 */
export function tunedPolicies(names: readonly string[], text: string): Result<readonly PlannedPolicy[], string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err('must be JSON, as kiscaler tune writes it');
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) return err(describeIssues(parsed.error, value, 'sweep'));
  const tuned = names.flatMap((name) => {
    const found = parsed.data.laws.find(({ law }) => law === name);
    return Object.entries(found?.chosen ?? {})
      .filter(([, { policy }]) => policy !== name)
      .map(([price, { policy }]) => ({ name: policy, at: Number(price) }));
  });
  return ok([...names.map((name) => ({ name })), ...tuned]);
}
