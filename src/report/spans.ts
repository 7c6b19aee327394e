import type { Seconds } from '../base/units.js';
import { RESTART } from '../kisim/faults/control-faults.js';
import type { Scenario } from '../scenarios/scenario.js';
import type { Span } from './chart.js';

/** What happens once where its line has no end; every other fault lasts. */
const INSTANT: ReadonlySet<string> = new Set(['pod-crash', 'oom', 'rollout', 'spot-reclaim']);

const RESTARTS: ReadonlySet<string> = new Set(['keda-restart', 'hpa-restart']);

type Fault = Scenario['faults'][number];

type Told = Pick<Scenario, 'faults' | 'warmup' | 'traffic' | 'control'>;

/**
 * What a scenario lets happen, as spans of time: its warm-up, faults (one without an end lasts to the end), surges and token
 * bombs, and KEDA's annotations.
 */
export function spansOf({ faults, warmup, traffic, control }: Told, end: Seconds): readonly Span[] {
  const warmUp: readonly Span[] =
    warmup > 0 ? [{ name: 'warm-up', detail: 'not counted', from: 0, to: warmup, kind: 'warm-up' }] : [];
  const surges = traffic.surges.map(
    ({ at, duration, times }): Span => ({
      name: `surge ${times}x`,
      detail: `${times} times the traffic`,
      from: at,
      to: Math.min(at + duration, end),
      kind: 'traffic',
    }),
  );
  const bombs = traffic.tokenBombs.map(
    ({ at, duration, share }): Span => ({
      name: 'token-bomb',
      detail: `${Math.round(100 * share)} % long prompts`,
      from: at,
      to: Math.min(at + duration, end),
      kind: 'traffic',
    }),
  );
  const pauses = control.pauses.map(
    ({ kind, at, until }): Span => ({ name: kind, detail: '', from: at, to: Math.min(until, end), kind: 'control' }),
  );
  return [...warmUp, ...faults.map((fault) => faultSpan(fault, end)), ...surges, ...bombs, ...pauses];
}

function faultSpan(fault: Fault, end: Seconds): Span {
  const { kind, at } = fault;
  const until = 'until' in fault ? fault.until : undefined;
  const to = until ?? (INSTANT.has(kind) ? at : RESTARTS.has(kind) ? at + RESTART : end);
  const settings = Object.entries(fault).filter(([key]) => !['kind', 'at', 'until'].includes(key));
  const detail = settings.map(([key, value]) => `${key} ${String(value)}`).join(', ');
  return { name: kind, detail, from: at, to: Math.min(to, end), kind: 'fault' };
}
