import type { z } from 'zod';

/** What the checks read of a source; the schema has made sure of types and ranges. */
interface Source {
  readonly pattern?: string | undefined;
  readonly file?: string | undefined;
  readonly clients?: unknown;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
  readonly levels?: unknown;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly peak?: number | undefined;
  readonly rate: number;
}

interface Part extends Source {
  readonly at?: number | undefined;
  readonly duration?: number | undefined;
}

interface Traffic extends Source {
  readonly mix?: readonly Part[] | undefined;
  readonly sequence?: readonly Part[] | undefined;
}

type Context = z.core.$RefinementCtx;

/** Keys that mean something beside some sources only: a kind of source, or a family by name. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  low: ['pattern'],
  high: ['pattern'],
  weekend: ['weekly'],
  times: ['surges'],
  levels: ['mmpp'],
  stay: ['mmpp'],
  on: ['on-off'],
  off: ['on-off'],
  format: ['file'],
  model: ['file'],
  from: ['file'],
  to: ['file'],
  repeat: ['file'],
  peak: ['file'],
  cv: ['pattern', 'file'],
};

/** One source of traffic: exactly one of pattern, file and clients, and no key that means nothing beside it. */
export function checkSource(source: Source, context: Context): void {
  checkKinds(source, ['pattern', 'file', 'clients'], context);
}

/** As a source, or several: exactly one of pattern, file, clients, mix and sequence. */
export function checkTraffic(traffic: Traffic, context: Context): void {
  checkKinds(traffic, ['pattern', 'file', 'clients', 'mix', 'sequence'], context);
  for (const [i, part] of (traffic.sequence ?? []).entries()) {
    if (part.at !== undefined)
      refuse(context, ['sequence', i, 'at'], 'has no meaning in a sequence, where one traffic follows the other');
    if (part.file === undefined && part.duration === undefined)
      refuse(context, ['sequence', i, 'duration'], 'is needed in a sequence for a pattern or clients');
  }
}

function checkKinds(source: Traffic, kinds: readonly (keyof Traffic)[], context: Context): void {
  const given = kinds.filter((kind) => source[kind] !== undefined);
  if (given.length !== 1) {
    const list = `${kinds.slice(0, -1).join(', ')} or ${kinds.at(-1)}`;
    refuse(context, [], `needs exactly one of ${list}, found ${given.length === 0 ? 'none' : given.join(' and ')}`);
  }
  const values: Readonly<Record<string, unknown>> = { ...source };
  for (const [key, needed] of Object.entries(NEEDS)) {
    if (values[key] === undefined) continue;
    const has = needed.some((one) => one === source.pattern || values[one] !== undefined);
    if (!has) refuse(context, [key], `has no meaning without ${needed.join(' or ')}`);
  }
  if (source.peak !== undefined && source.rate !== 1)
    refuse(context, ['rate'], 'has no meaning beside peak, which sets it');
  const { pattern, low = 0, high, levels, from = 0, to } = source;
  if (pattern !== undefined && levels === undefined && (high === undefined || high < low))
    refuse(context, ['high'], `must be a rate >= low (${low})`);
  if (to !== undefined && to <= from) refuse(context, ['to'], `must be > from (${from} s)`);
}

function refuse(context: Context, path: (string | number)[], message: string): void {
  context.addIssue({ code: 'custom', path, message });
}
