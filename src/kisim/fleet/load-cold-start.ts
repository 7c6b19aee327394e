import { describeIssues } from '../../base/describe-issues.js';
import { err, ok, type Result } from '../../base/result.js';
import { parseYaml, readAsset } from '../yaml-assets.js';
import { COLD_STARTS, type ColdStartFile, coldStartFileSchema } from './cold-start-schema.js';

/** A cold start by its name, or a user's own by path. The error names the field, what is wrong with it and the allowed range. */
export function loadColdStart(nameOrPath: string): Result<ColdStartFile, string> {
  const text = readAsset(COLD_STARTS, nameOrPath, 'cold start');
  if (!text.ok) return text;
  const parsed = parseYaml(text.value, `cold start ${nameOrPath}`);
  if (!parsed.ok) return parsed;
  const result = coldStartFileSchema.safeParse(parsed.value);
  if (result.success) return ok(result.data);
  return err(`cold start ${nameOrPath}:\n${describeIssues(result.error, parsed.value, 'file')}`);
}
