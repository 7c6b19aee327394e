import type { Answer } from '../scenarios/answer.js';

/** Who a tick's answer comes from; `refusal`: nobody's, the HPA holds; `unguarded`: the policy's number as it is. */
export const ANSWER_SOURCES = ['policy', 'planner', 'unguarded', 'refusal'] as const;

export type AnswerSource = (typeof ANSWER_SOURCES)[number];

export interface AnswerOrigin {
  readonly source: AnswerSource;
  /** Why the planner stepped in, or why there is no answer; a code, or empty. */
  readonly reason: string;
  /** Guards that changed the count, in order. */
  readonly guards: readonly string[];
  /** One plain sentence; empty where nobody decided. */
  readonly sentence: string;
}

export function originOf({ metricTotal, outcome }: Answer): AnswerOrigin {
  if (outcome === 'unguarded')
    return { source: metricTotal === undefined ? 'refusal' : 'unguarded', reason: '', guards: [], sentence: '' };
  if (outcome.kind === 'refusal') return { source: 'refusal', reason: outcome.code, guards: [], sentence: '' };
  const guards = outcome.corrections.map(({ guard }) => guard);
  return { source: outcome.source, reason: outcome.because ?? '', guards, sentence: outcome.sentence };
}
