import type { z } from 'zod';
import { boundsAt } from './schema-bounds.js';

type Issue = z.core.$ZodIssue;

/**
 * Everything that is wrong with a value, one line a field: path, what is allowed, value found. `whole` names the value itself.
 * With its `schema`, a number that is out of range is told both of its bounds.
 */
export function describeIssues(error: z.ZodError, value: unknown, whole: string, schema?: z.ZodType): string {
  const lines = error.issues.flatMap(innermost).map((issue) => {
    const path = issue.path.join('.');
    const found = valueAt(value, issue.path);
    const isShown = found !== undefined && issue.code !== 'unrecognized_keys';
    const shown = !isShown ? '' : `, found ${quote(found)}`;
    return `${path === '' ? whole : path}: ${describe(issue, schema)}${shown}`;
  });
  return [...new Set(lines)].join('\n');
}

/** JSON has no word for NaN and infinity. */
function quote(found: unknown): string {
  return (typeof found === 'number' ? String(found) : JSON.stringify(found))?.slice(0, 60);
}

/** Of a choice between a word and a block, what is wrong inside the block is said, where a block was given. */
function innermost(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const inner = issue.errors.find((issues) => issues.every(({ path }) => path.length > 0));
  return inner?.flatMap((one) => innermost({ ...one, path: [...issue.path, ...one.path] })) ?? [issue];
}

function describe(issue: Issue, schema: z.ZodType | undefined): string {
  switch (issue.code) {
    case 'too_small':
    case 'too_big':
      return describeRange(issue, schema);
    case 'invalid_type':
      return `must be ${issue.expected === 'int' ? 'an integer' : `of type ${issue.expected}`}`;
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`;
    case 'unrecognized_keys':
      return `unknown key ${issue.keys.join(', ')}`;
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options)
        ? `must be one of ${issue.options.join(', ')}`
        : issue.message;
    case 'invalid_key':
      return `as a key ${issue.issues[0]?.message ?? issue.message}`;
    default:
      return issue.message;
  }
}

function describeRange(
  issue: Extract<Issue, { code: 'too_small' | 'too_big' }>,
  schema: z.ZodType | undefined,
): string {
  const { limit, isLeast } =
    issue.code === 'too_small' ? { limit: issue.minimum, isLeast: true } : { limit: issue.maximum, isLeast: false };
  if (issue.origin === 'array' || issue.origin === 'string')
    return `must have ${isLeast ? 'at least' : 'at most'} ${limit} ${issue.origin === 'array' ? 'entries' : 'letters'}`;
  const bounds = schema && boundsAt(schema, issue.path).find((one) => one[isLeast ? 'minimum' : 'maximum'] === limit);
  if (bounds) return `must be from ${bounds.minimum} to ${bounds.maximum}`;
  const sign = isLeast ? '>' : '<';
  return `must be ${sign}${issue.inclusive ? '=' : ''} ${limit}`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}
