import { z } from 'zod';

/** What of a JSON schema is looked at to find a number's bounds. */
interface Node {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
}

/** A number's bounds as its schema states them, both inclusive. */
export interface NumberBounds {
  readonly minimum: number;
  readonly maximum: number;
}

/** Bounds of every number that a schema allows at a path, in the order of its choices; those with one bound only are left out. */
export function boundsAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly NumberBounds[] {
  const whole = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as Node;
  const nodes = path.reduce((found, key) => found.flatMap((node) => inside(node, key)), choices(whole));
  return nodes.filter(isBounded);
}

function inside({ properties, items }: Node, key: PropertyKey): readonly Node[] {
  const child = typeof key === 'number' ? items : properties?.[String(key)];
  return child ? choices(child) : [];
}

/** The node itself, and all that it offers to choose from. */
function choices(node: Node): readonly Node[] {
  return [node, ...[...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap(choices)];
}

function isBounded(node: Node): node is Node & NumberBounds {
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = node;
  // zod bounds integers by what a double can hold; nobody needs to be told.
  return minimum > Number.MIN_SAFE_INTEGER && maximum < Number.MAX_SAFE_INTEGER;
}
