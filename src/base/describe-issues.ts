import type { z } from 'zod';

/** Everything that is wrong with a value, one line a field: path, what is allowed, value found. `whole` names the value itself. */
export function describeIssues(error: z.ZodError, value: unknown, whole: string): string {
  return error.issues
    .map((issue) => {
      const path = issue.path.join('.');
      const found = valueAt(value, issue.path);
      const isShown = found !== undefined && issue.code !== 'unrecognized_keys';
      const shown = !isShown ? '' : `, found ${JSON.stringify(found)?.slice(0, 60)}`;
      return `${path === '' ? whole : path}: ${describe(issue)}${shown}`;
    })
    .join('\n');
}

function describe(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_small':
      return `must be ${issue.inclusive ? '>=' : '>'} ${issue.minimum}`;
    case 'too_big':
      return `must be ${issue.inclusive ? '<=' : '<'} ${issue.maximum}`;
    case 'invalid_type':
      return `must be ${issue.expected === 'int' ? 'an integer' : `of type ${issue.expected}`}`;
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`;
    case 'unrecognized_keys':
      return `unknown key ${issue.keys.join(', ')}`;
    default:
      return issue.message;
  }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}
