import Table from 'cli-table3';
import type { Interval } from '../../evaluation/bootstrap.js';
import { distanceClosedAtLevel, formatShare } from '../../evaluation/bounds/distance.js';
import type { LevelResult } from '../../evaluation/fronts/compare-all.js';
import type { FrontComparison } from '../../evaluation/fronts/compare-fronts.js';
import { summariseTraces } from '../../evaluation/fronts/summarise-traces.js';

const NOTE = `cost at equal misses, geometric mean of the traces where it can be told; 95 % by paired bootstrap of traces, windows, seeds and
training seeds. n/a: the level is not bracketed; few: too few separated episodes of misses on either side. closed: how much of the
distance from that reference to the clairvoyant, over the traces where both can be told.
`;

/** What every policy costs at equal misses, against each reference, as text. */
export function renderFronts(results: readonly LevelResult[]): string {
  const table = new Table({
    head: [
      'windows',
      'misses',
      'policy',
      'cost',
      'against',
      'ratio',
      'win/tie/loss/n/a/few',
      'dearest',
      'worst seed',
      'closed',
    ],
    style: { head: [], border: [], compact: true },
  });
  for (const { windows, level, policy, cost, against } of results) {
    const cells =
      against.length === 0
        ? [['reference', '', '', '', '', '']]
        : against.map((one) =>
            comparisonCells(
              one,
              results.filter((other) => other.windows === windows && other.level === level),
            ),
          );
    for (const [i, ofReference] of cells.entries())
      table.push([
        ...(i === 0 ? [windows ?? '', `${100 * level} %`, policy, formatInterval(cost)] : ['', '', '', '']),
        ...ofReference,
      ]);
  }
  return `${table.toString()}\n${NOTE}`;
}

function comparisonCells(comparison: FrontComparison, atLevel: readonly LevelResult[]): readonly string[] {
  const { reference, ratio, traces, worstSeed } = comparison;
  const { win, tie, loss, notBracketed, tooFewMisses, dearest } = summariseTraces(traces);
  return [
    reference,
    formatInterval(ratio),
    [win, tie, loss, notBracketed, tooFewMisses].join('/'),
    dearest ? `${dearest.ratio?.toFixed(2)} ${dearest.trace}` : '',
    worstSeed ? `${worstSeed.ratio.toFixed(2)} ${worstSeed.policy}` : '',
    formatShare(distanceClosedAtLevel(comparison, atLevel)),
  ];
}

/** The same as JSON, one comparison a line. */
export function formatFronts(results: readonly LevelResult[]): string {
  const lines = results.flatMap(({ windows, level, policy, cost, against }) =>
    against.map(({ reference, ratio, worstSeed, traces }) =>
      JSON.stringify({
        windows: windows ?? null,
        level,
        policy,
        cost: cost ?? null,
        reference,
        ratio: ratio ?? null,
        ...(worstSeed ? { worstSeed } : {}),
        ...summariseTraces(traces),
        traces,
      }),
    ),
  );
  return lines.map((line) => `${line}\n`).join('');
}

function formatInterval(interval: Interval | undefined): string {
  if (!interval) return 'n/a';
  const { estimate, low, high } = interval;
  return `${estimate.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
}
