/** What a prompt has in common with others: the group whose path it follows, and for how many blocks. */
export interface SharedPrefix {
  readonly group: number;
  readonly blocks: number;
}

/** Prompts as paths through a tree of blocks, and the groups that share a path. */
export interface PrefixTree {
  /** Adds a prompt's blocks; false where a block follows another one than before, so that ids are no tree. */
  add(blocks: readonly number[]): boolean;
  /** The group of a prompt that was added; undefined: it shares nothing. Ask once every prompt is in. */
  find(blocks: readonly number[]): SharedPrefix | undefined;
}

/** A block: how many prompts go through it, and where they go on. */
interface Node {
  readonly parent: Node | undefined;
  readonly children: Node[];
  visits: number;
  group: number;
}

/** Groups are numbered from 0 in the order in which they are first found. */
export function createPrefixTree(): PrefixTree {
  const nodes = new Map<number, Node>();
  let groups = 0;
  /** A path goes down the branch that most prompts take; every block on it belongs to the group of its end. */
  const groupOf = (node: Node): number => {
    const path: Node[] = [];
    let bottom = node;
    for (let next: Node | undefined = node; next && bottom.group < 0; next = heaviest(next.children)) {
      path.push(next);
      bottom = next;
    }
    const group = bottom.group < 0 ? groups++ : bottom.group;
    for (const one of path) one.group = group;
    return group;
  };
  return {
    add(blocks) {
      let parent: Node | undefined;
      for (const id of blocks) {
        let node = nodes.get(id);
        if (!node) {
          node = { parent, children: [], visits: 0, group: -1 };
          nodes.set(id, node);
          parent?.children.push(node);
        }
        if (node.parent !== parent) return false;
        node.visits++;
        parent = node;
      }
      return true;
    },
    find(blocks) {
      let deepest: Node | undefined;
      let shared = 0;
      for (const id of blocks) {
        const node = nodes.get(id);
        if (!node || node.visits < 2) break;
        deepest = node;
        shared++;
      }
      return deepest && { group: groupOf(deepest), blocks: shared };
    },
  };
}

/** The shared child that most prompts go through, the earliest of equals. */
function heaviest(children: readonly Node[]): Node | undefined {
  let best: Node | undefined;
  for (const child of children) if (child.visits > 1 && child.visits > (best?.visits ?? 0)) best = child;
  return best;
}
