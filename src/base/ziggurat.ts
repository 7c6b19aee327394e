import type { Rng } from './rng.js';

/**
 * Ziggurat sampling (Marsaglia and Tsang 2000, "The ziggurat method for generating random variables"): 256 layers of equal area
 * under a decreasing density, so that nearly every draw costs one multiplication and one comparison. Layer and position come
 * from draws of their own, as Doornik 2005 asks ("An improved ziggurat method"): the low bits that choose a layer must not move
 * the point within it.
 */
interface Ziggurat {
  /** Right edge of each layer [LAYERS + 1], descending; the first one counts the tail's area in. */
  readonly edges: Float64Array;
  /** Density at those edges [LAYERS + 1]. */
  readonly heights: Float64Array;
}

const LAYERS = 256;

/** Where the tail begins and the area of each layer, for the density exp(-x). */
const EXPONENTIAL = { tail: 7.697117470131049, area: 0.003949659822581557 };
/** The same for the density exp(-x^2 / 2), x >= 0. */
const NORMAL = { tail: 3.654152885361009, area: 0.004928673233974655 };

const exponentialTable = buildTable(
  EXPONENTIAL,
  (x) => Math.exp(-x),
  (y) => -Math.log(y),
);
const normalTable = buildTable(
  NORMAL,
  (x) => Math.exp(-0.5 * x * x),
  (y) => Math.sqrt(-2 * Math.log(y)),
);

function buildTable(
  { tail, area }: { readonly tail: number; readonly area: number },
  density: (x: number) => number,
  inverse: (y: number) => number,
): Ziggurat {
  const edges = new Float64Array(LAYERS + 1);
  edges[0] = area / density(tail);
  edges[1] = tail;
  for (let i = 2; i < LAYERS; i++) {
    const below = edges[i - 1] as number;
    edges[i] = inverse(area / below + density(below));
  }
  const heights = edges.map(density);
  heights[0] = 0;
  return { edges, heights };
}

const { edges: expEdges, heights: expHeights } = exponentialTable;
const { edges: normalEdges, heights: normalHeights } = normalTable;

/** Exponential with mean 1. */
export function standardExponential(rng: Rng): number {
  let shift = 0;
  for (;;) {
    const layer = Math.floor(rng.next() * LAYERS);
    const x = rng.next() * (expEdges[layer] as number);
    if (x < (expEdges[layer + 1] as number)) return shift + x;
    // Beyond the tail's start the exponential is itself again.
    if (layer === 0) shift += EXPONENTIAL.tail;
    else if (isUnder(rng, expHeights, layer, Math.exp(-x))) return shift + x;
  }
}

/** Standard normal. */
export function standardNormal(rng: Rng): number {
  for (;;) {
    const word = rng.next() * (2 * LAYERS);
    const layer = word >> 1;
    const sign = word & 1 ? -1 : 1;
    const x = rng.next() * (normalEdges[layer] as number);
    if (x < (normalEdges[layer + 1] as number)) return sign * x;
    if (layer === 0) return sign * normalTail(rng);
    if (isUnder(rng, normalHeights, layer, Math.exp(-0.5 * x * x))) return sign * x;
  }
}

/** A normal beyond the last layer (Marsaglia 1964). */
function normalTail(rng: Rng): number {
  for (;;) {
    const x = standardExponential(rng) / NORMAL.tail;
    if (2 * standardExponential(rng) > x * x) return NORMAL.tail + x;
  }
}

function isUnder(rng: Rng, heights: Float64Array, layer: number, density: number): boolean {
  const low = heights[layer] as number;
  return low + rng.next() * ((heights[layer + 1] as number) - low) < density;
}
