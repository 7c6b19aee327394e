import type { Seconds } from '../base/units.js';
import type { Scenario } from '../scenarios/scenario.js';
import type { Span } from './chart.js';

/** What happens once where its line has no end; every other fault lasts. */
const INSTANT: ReadonlySet<string> = new Set(['pod-crash', 'oom', 'rollout', 'spot-reclaim']);

type Fault = Scenario['faults'][number];

/** What a scenario lets go wrong, and its warm-up, as spans of time; a fault without an end lasts to the end. */
export function spansOf({ faults, warmup }: Pick<Scenario, 'faults' | 'warmup'>, end: Seconds): readonly Span[] {
  const warmUp: readonly Span[] =
    warmup > 0 ? [{ name: 'warm-up', detail: 'not counted', from: 0, to: warmup, kind: 'warm-up' }] : [];
  return [...warmUp, ...faults.map((fault) => faultSpan(fault, end))];
}

function faultSpan(fault: Fault, end: Seconds): Span {
  const { kind, at } = fault;
  const until = 'until' in fault ? fault.until : undefined;
  const to = until === undefined ? (INSTANT.has(kind) ? at : end) : Math.min(until, end);
  const settings = Object.entries(fault).filter(([key]) => !['kind', 'at', 'until'].includes(key));
  const detail = settings.map(([key, value]) => `${key} ${String(value)}`).join(', ');
  return { name: kind, detail, from: at, to, kind: 'fault' };
}
