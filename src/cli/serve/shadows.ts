import { readFileSync } from 'node:fs';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { describeIssues } from '../../base/describe-issues.js';
import { err, ok, type Result } from '../../base/result.js';
import type { Metrics } from '../../observability/metrics.js';
import type { Decisions } from '../../scaler/decision-service.js';
import { ScalerError } from '../../scaler/errors.js';
import type { KnownReference, References } from '../../scaler/references.js';

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const shadowFile = z.strictObject({
  workloads: z
    .array(z.strictObject({ namespace: z.string(), name: z.string(), metadata: z.record(z.string(), scalar) }))
    .min(1),
});

/**
 * Workloads in the shadow: decided like any other, recorded beside what really runs, asked for by nobody. `metadata` has the
 * keys of a trigger and goes through the same parser; `name` is the ScaledObject's where there is one.
 * Every problem is reported, by entry, key and allowed range.
 */
export function readShadows(
  path: string,
  references: References,
): Result<readonly KnownReference[], readonly string[]> {
  const file = readFile(path);
  if (!file.ok) return err([`--shadow-file: ${file.error}`]);
  const checked = shadowFile.safeParse(file.value);
  if (!checked.success) {
    const lines = describeIssues(checked.error, file.value, 'file').split('\n');
    return err(lines.map((line) => `--shadow-file: ${line}`));
  }
  const problems: string[] = [];
  const shadows = checked.data.workloads.flatMap(({ namespace, name, metadata }, i) => {
    try {
      return [references.resolve({ namespace, name, scalerMetadata: metadata })];
    } catch (cause) {
      if (!(cause instanceof ScalerError)) throw cause;
      problems.push(`--shadow-file: workloads.${i}: ${cause.message}`);
      return [];
    }
  });
  return problems.length > 0 ? err(problems) : ok(shadows);
}

/** Has every shadow decided at each tick from now on, and shows how far its decision is from what runs. */
export function followShadows(shadows: readonly KnownReference[], service: Decisions, metrics: Metrics): void {
  for (const { key, workload } of shadows) {
    service.subscribe(key, workload, (decision) => metrics.onShadow(workload, decision));
  }
}

function readFile(path: string): Result<unknown, string> {
  try {
    return ok(parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    if (cause instanceof YAMLParseError) return err(cause.message.split('\n')[0] ?? 'is not YAML');
    return err(cause instanceof Error && 'code' in cause ? String(cause.code) : 'cannot be read');
  }
}
