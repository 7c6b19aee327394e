import { GUARDS } from '../decision/guards.js';
import { situationOf } from '../decision/situation.js';
import { latestOr } from '../decision/window.js';
import type { Policy } from './policy.js';
import { linear, type SettingSpecs, type Settings } from './settings.js';

/** The value of the setting `guards` that leaves one of them out. */
export function withoutGuard(guard: string): string {
  return `without-${guard}`;
}

/** What every law may be run with beside its own settings: what its user could put around it. */
export const SHARED_SETTINGS = {
  minReplicas: {
    ...linear(0, [0, 1000], 'never fewer replicas than this'),
    isInteger: true,
    sweep: [0, 6],
  },
  hourFloor: {
    ...linear(0, [0, 5], "never below so many times the load's 95th percentile over one hour"),
    sweep: [0, 2],
  },
  behavior: { choices: ['kubernetes', 'recommended'], meaning: "the HPA's behaviour block" },
  guards: {
    choices: ['on', 'off', ...GUARDS.map(({ name }) => withoutGuard(name))],
    sweep: ['on', 'off'],
    meaning: 'whether our guards correct the law, or all of them but one',
  },
} as const satisfies SettingSpecs;

/**
 * A policy under another name, and never below its floors: `minReplicas`, and `hourFloor` times the hour's 95th percentile in
 * replicas (0 where the window does not show it). What fails goes on failing.
 */
export function withFloors(policy: Policy, name: string, { minReplicas = 0, hourFloor = 0 }: Settings): Policy {
  return {
    name,
    async propose(batch) {
      const proposals = await policy.propose(batch);
      return proposals.map((proposal, i) => {
        const input = batch[i];
        if (!proposal.ok || !input) return { ...proposal, policy: name };
        const peak = latestOr(input.window, 'arrivalRateP95Hour', 0);
        const floor = Number(hourFloor) * peak;
        const replicas =
          floor > 0 ? Math.ceil(floor / situationOf(input.workload, input.window).capacity.throughput) : 0;
        return { ...proposal, policy: name, replicas: Math.max(proposal.replicas, Number(minReplicas), replicas) };
      });
    },
  };
}
