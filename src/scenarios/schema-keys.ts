import { z } from 'zod';

/** One key of a scenario file. */
export interface SchemaKey {
  /** As it is nested, lists with `[]`: `traffic.surges[].at`. */
  readonly path: string;
  /** What it may be, in words. */
  readonly value: string;
  /** As it would be written; undefined: none. */
  readonly default: string | undefined;
  readonly isRequired: boolean;
  readonly meaning: string;
}

/** A line of `faults`, by kind. */
export interface FaultKind {
  readonly kind: string;
  readonly meaning: string;
  readonly keys: readonly SchemaKey[];
}

/** What zod's JSON schema of a scenario holds, as far as it is read here; `kind` names values that have a section of their own. */
interface Node {
  readonly kind?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
}

/** Kinds of values that are explained once, and are not taken apart where they occur. */
const EXPLAINED: Readonly<Record<string, string>> = {
  delay: '[delay](#values)',
  length: '[token length](#values)',
  'pods or percent': 'pods, or a percentage such as 25%',
};

/** Every key of a schema in the order of the file, blocks before what is in them. */
export function listKeys(schema: z.ZodType): readonly SchemaKey[] {
  const keys: SchemaKey[] = [];
  visit(toNode(schema), '', keys, new Map());
  return keys;
}

/** The lines that a discriminated union of faults allows. */
export function listFaultKinds(schema: z.ZodType): readonly FaultKind[] {
  const { oneOf, anyOf } = toNode(schema);
  return (oneOf ?? anyOf ?? []).map((line) => {
    const keys: SchemaKey[] = [];
    const { kind, ...properties } = line.properties ?? {};
    visit({ ...line, properties }, '', keys, new Map());
    return { kind: String(kind?.const), meaning: line.description ?? '', keys };
  });
}

function toNode(schema: z.ZodType): Node {
  return z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    reused: 'inline',
    // A default of what a duration becomes is not one of what may be written, so zod leaves it out.
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod;
      if (def.type === 'default' || def.type === 'prefault')
        jsonSchema.default = (def as unknown as { defaultValue: unknown }).defaultValue as typeof jsonSchema.default;
    },
  }) as Node;
}

/** `seen` has what was said of a key of that name and kind before: blocks that occur again are not taken apart again. */
function visit(node: Node, path: string, keys: SchemaKey[], seen: Map<string, string>): void {
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    const inner = path === '' ? name : `${path}.${name}`;
    const meaning = child.description ?? '';
    // Parts of a traffic have the keys of a traffic, which are not said again.
    if (path.endsWith('[]') && seen.get(name) === meaning) continue;
    if (!path.includes('[]')) seen.set(name, meaning);
    const isRequired = node.required?.includes(name) ?? false;
    keys.push({ path: inner, value: describeValue(child), default: defaultOf(child), isRequired, meaning });
    descend(child, inner, keys, seen);
  }
}

function descend(node: Node, path: string, keys: SchemaKey[], seen: Map<string, string>): void {
  if (node.kind !== undefined) {
    if (node.kind in EXPLAINED || node.kind === 'duration' || seen.has(`kind ${node.kind}`)) return;
    seen.set(`kind ${node.kind}`, path);
  }
  if (node.properties) visit(node, path, keys, seen);
  else if (node.items) descend(node.items, `${path}[]`, keys, seen);
  else for (const choice of node.anyOf ?? []) descend(choice, path, keys, seen);
}

function describeValue(node: Node): string {
  if (node.kind === 'duration') return `[duration](#values) ${range(node, seconds)}`.trimEnd();
  if (node.kind !== undefined && node.kind in EXPLAINED) return EXPLAINED[node.kind] as string;
  if (node.const !== undefined) return code(node.const);
  if (node.enum) return node.enum.map(code).join(', ');
  if (node.anyOf) return node.anyOf.map(describeValue).join(' or ');
  if (node.items || node.oneOf) return listOf(node);
  switch (node.type) {
    case 'integer':
    case 'number':
      return `${node.type} ${range(node, String)}`.trimEnd();
    case 'boolean':
      return '`true`, `false`';
    case 'object':
      return 'block';
    default:
      return node.maxLength === undefined ? 'text' : `text, ${node.maxLength} letters at most`;
  }
}

function listOf({ items, minItems, maxItems }: Node): string {
  const what = items?.properties || items?.oneOf ? 'blocks' : describeValue(items ?? {});
  const least = minItems === undefined ? '' : `, at least ${minItems}`;
  const most = maxItems === undefined ? '' : `, at most ${maxItems}`;
  return `list of ${what}${least}${most}`;
}

function range({ minimum, maximum }: Node, show: (value: number) => string): string {
  const top = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER) return top === undefined ? '' : `up to ${show(top)}`;
  return top === undefined ? `from ${show(minimum)}` : `${show(minimum)} to ${show(top)}`;
}

/** A block of nothing but defaults has none that is worth saying; what never ends has none that can be written. */
function defaultOf(node: Node): string | undefined {
  const value = node.default;
  if (value === undefined || value === null || value === '' || value === Number.POSITIVE_INFINITY) return undefined;
  if (typeof value === 'object' && value !== null && Object.keys(value).length === 0) return undefined;
  if (node.kind === 'duration' && typeof value === 'number') return code(seconds(value));
  return code(
    typeof value === 'object'
      ? JSON.stringify(value)
          .replaceAll('"', '')
          .replaceAll(/([:,])/g, '$1 ')
      : value,
  );
}

/** As a scenario file would have it: the largest unit that divides it. */
function seconds(value: number): string {
  if (value >= 3600 && value % 3600 === 0) return `${value / 3600}h`;
  if (value >= 60 && value % 60 === 0) return `${value / 60}m`;
  return value > 0 && value < 1 ? `${Math.round(1000 * value)}ms` : `${value}s`;
}

function code(value: unknown): string {
  return `\`${String(value)}\``;
}
