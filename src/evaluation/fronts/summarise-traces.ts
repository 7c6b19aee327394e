import type { TraceComparison } from './compare-fronts.js';

/** How many traces of a comparison came out how. */
export interface TraceSummary {
  readonly win: number;
  readonly tie: number;
  readonly loss: number;
  readonly notBracketed: number;
  readonly tooFewMisses: number;
  /** Of those that can be told the one that is dearest against the reference. */
  readonly dearest: TraceComparison | undefined;
  /** Of those that can be told, how many have a standard error below a hundredth: only there "never so much dearer" means something. */
  readonly sure: number;
}

const SURE = 0.01;

export function summariseTraces(traces: readonly TraceComparison[]): TraceSummary {
  const count = (outcome: TraceComparison['outcome']): number =>
    traces.filter((trace) => trace.outcome === outcome).length;
  const told = traces.filter(({ ratio }) => ratio !== undefined);
  return {
    win: count('win'),
    tie: count('tie'),
    loss: count('loss'),
    notBracketed: count('not bracketed'),
    tooFewMisses: count('too few misses'),
    dearest: [...told].sort((a, b) => (b.ratio as number) - (a.ratio as number))[0],
    sure: told.filter(({ standardError = 1 }) => standardError < SURE).length,
  };
}
