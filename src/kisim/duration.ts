import { z } from 'zod';
import { parseDuration } from '../base/numbers.js';
import type { Seconds } from '../base/units.js';

/** A duration such as `90s`, `500ms`, `5m` or a number of seconds, in [min, max] seconds. */
export function duration(min: Seconds, max: Seconds) {
  const message = `must be a duration from ${min}s to ${max}s, like 90s or 5m`;
  return z
    .union([z.string(), z.number()], { error: message })
    .transform((value, context): Seconds => {
      const parsed = parseDuration(String(value));
      if (parsed.ok && parsed.value >= min && parsed.value <= max) return parsed.value;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    })
    .meta({ kind: 'duration', minimum: min, maximum: max });
}
