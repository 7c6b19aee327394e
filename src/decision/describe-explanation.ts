import type { Correction } from './decision.js';
import { describeDriver } from './driving-quantile.js';
import type { Explanation, Rival } from './explain-decision.js';
import type { NearestChange } from './nearest-change.js';

/** One line of an explanation: what it is about, and what is to be said. */
export type ExplanationLine = readonly [about: string, text: string];

/** An explanation for people. Pure. */
export function describeExplanation(explanation: Explanation): readonly ExplanationLine[] {
  const { sentence, source, policy, proposed, driver, corrections, nearest, rivals } = explanation;
  const who = source === 'policy' ? policy : 'planner';
  const lines: ExplanationLine[] = [
    ['decision', sentence],
    ['proposal', `${who} asked for ${proposed}`],
  ];
  if (driver) lines.push(['forecast', describeDriver(driver)]);
  lines.push(
    ['guards', corrections.length === 0 ? 'none changed it' : corrections.map(describeCorrection).join(', ')],
    [
      'nearest',
      nearest ? describeNearest(nearest) : 'no change of one input up to four times its value gives another count',
    ],
    ['rivals', rivals.map(describeRival).join(', ') || 'none'],
  );
  return lines;
}

function describeCorrection({ guard, from, to }: Correction): string {
  return `${guard} made ${from} ${to}`;
}

/** E.g. "with queue 12 requests in place of 41 (-71 %) it would have been 8". */
function describeNearest({ input, unit, from, to, relative, replicas }: NearestChange): string {
  const share = Math.abs(to - from) / from;
  // Where the value was smaller than what counts as much, a percentage would be of something else.
  const change =
    share <= 1.001 * relative ? ` (${to > from ? '+' : '-'}${Number((100 * share).toPrecision(2))} %)` : '';
  const value = unit === 'ratio' || input.endsWith(unit) ? `${to}` : `${to} ${unit}`;
  return `with ${input} ${value} in place of ${Number(from.toPrecision(3))}${change} it would have been ${replicas}`;
}

function describeRival(rival: Rival): string {
  return `${rival.policy} ${'replicas' in rival ? rival.replicas : `cannot say (${rival.because})`}`;
}
