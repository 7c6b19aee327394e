import type { Colour } from './chart.js';

const COLOURS: readonly Colour[] = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8'];
const DASHES = ['solid', 'dashed', 'dotted'] as const;
const SYMBOLS = ['circle', 'triangle', 'diamond'] as const;

/** How a policy looks, by colour, dash and shape, for eyes that tell colours apart badly. */
export interface PolicyMark {
  readonly colour: Colour;
  readonly dash: (typeof DASHES)[number];
  readonly symbol: (typeof SYMBOLS)[number];
}

/** The mark of a policy among those of a page: eight colours, then the same ones dashed, then dotted. */
export function markOf(policy: string, policies: readonly string[]): PolicyMark {
  const i = Math.max(0, policies.indexOf(policy));
  const round = Math.floor(i / COLOURS.length) % DASHES.length;
  return {
    colour: COLOURS[i % COLOURS.length] as Colour,
    dash: DASHES[round] as PolicyMark['dash'],
    symbol: SYMBOLS[round] as PolicyMark['symbol'],
  };
}
