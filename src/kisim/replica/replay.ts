import type { Requests, Seconds } from '../../base/units.js';
import type { createStepEngine } from './engine.js';
import type { EngineOptions } from './engine-options.js';
import type { RequestRecord, RequestSpec } from './request.js';

/** What became of every request, in the order in which they came, and how often sequences were preempted. */
export interface Replayed {
  readonly records: readonly RequestRecord[];
  readonly preemptions: Requests;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Plays requests, in order of arrival, on one replica that is alone in the world, to the last token. Deterministic. */
export function replay(
  requests: readonly RequestSpec[],
  options: EngineOptions,
  create: typeof createStepEngine,
): Replayed {
  const records = requests.map(toRecord);
  const recordOf = (request: number) => records[request] as Writable<RequestRecord>;
  const replica = create(options, {
    onFirstToken: (request, at) => {
      recordOf(request).firstTokenAt = at;
    },
    onFinished: (request, finishedAt, outcome, scheduledAt, preemptions) => {
      Object.assign(recordOf(request), { finishedAt, outcome, scheduledAt, preemptions });
    },
  });
  for (const [request, spec] of requests.entries()) {
    const { arrival, inputTokens, outputTokens, prefixGroup = -1, prefixTokens = 0 } = spec;
    if (!replica.submit(request, arrival, inputTokens, outputTokens, prefixGroup, prefixTokens))
      Object.assign(recordOf(request), { finishedAt: arrival, outcome: 'rejected' });
  }
  replica.advance(END_OF_TIME);
  return { records, preemptions: replica.counters.preemptions };
}

const END_OF_TIME: Seconds = Number.MAX_VALUE;

function toRecord({ arrival, inputTokens, outputTokens }: RequestSpec): Writable<RequestRecord> {
  return {
    arrival,
    inputTokens,
    outputTokens,
    scheduledAt: Number.NaN,
    firstTokenAt: Number.NaN,
    finishedAt: Number.NaN,
    preemptions: 0,
    outcome: 'unfinished',
    attempts: 1,
  };
}
