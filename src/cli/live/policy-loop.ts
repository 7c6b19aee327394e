import type { Clock } from '../../base/clock.js';
import type { Seconds } from '../../base/units.js';
import { tickAt } from '../../decision/window.js';
import type { LiveFleet } from '../../kisim/live/live-fleet.js';
import type { Policy } from '../../policies/policy.js';
import type { Answer } from '../../scenarios/answer.js';
import { createProposer, type DriveOptions } from '../../scenarios/drive.js';

export interface PolicyLoopOptions {
  readonly policy: Policy;
  readonly guards: DriveOptions['guards'];
  /** The fleet's own clock. */
  readonly clock: Clock;
  readonly onAnswer: (tick: Seconds, answer: Answer) => void;
}

/**
 * The scaler of a live fleet that scales itself: once a tick the policy answers from KISim's own window, and the fleet's KEDA and
 * HPA read the answer at their own times. Ends when `signal` is aborted.
 */
export async function runPolicyLoop(fleet: LiveFleet, options: PolicyLoopOptions, signal: AbortSignal): Promise<void> {
  const { interval } = fleet.grid;
  const propose = createProposer(fleet.workload, options);
  for (let tick = tickAt(fleet.advance(), interval) + interval; !signal.aborted; tick += interval) {
    await options.clock.sleep(tick - fleet.advance(), signal);
    if (signal.aborted) return;
    // After a pause of the machine only the newest tick can still be answered for.
    tick = Math.max(tick, tickAt(fleet.advance(), interval));
    const answer = await propose(fleet.window(tick));
    fleet.answer(answer.metricTotal);
    options.onAnswer(tick, answer);
  }
}
