import type { Explanation } from '../../decision/explain-decision.js';
import { GUARDS } from '../../decision/guards.js';
import type { Workload } from '../../decision/workload.js';
import { createPlanner } from '../../policies/planner.js';
import type { Policy } from '../../policies/policy.js';
import { createPolicy, POLICY_NAMES } from '../../policies/registry.js';
import { referenceOfTrigger } from '../../scaler/door-path.js';
import { parseMetadata } from '../../scaler/metadata.js';
import { type LiveTelemetry, readLiveWindow } from '../live-window.js';
import { LOCAL_CONTEXT } from '../metadata-context.js';
import { readScaledObjects } from '../scaled-object-file.js';
import { UsageError } from '../simulate/usage-error.js';
import { explainWindow } from './explain-scenario.js';

/**
 * Reads the newest window of a workload from a Prometheus and explains what is decided on it: what a server on the same grid
 * decides at that tick, because a decision is a function of its window. Throws UsageError where nothing can be read.
 */
export async function explainLive(
  workload: Workload,
  telemetry: LiveTelemetry,
  policies: ReadonlyMap<string, Policy>,
): Promise<Explanation> {
  const window = await readLiveWindow(workload, telemetry);
  if (!window.ok) throw new UsageError(`--prometheus-url: nothing could be read (${window.error})`);
  const policy = policies.get(workload.policy) ?? createPolicy(workload.policy) ?? createPlanner();
  return explainWindow({ workload, window: window.value, policy, others: [...policies.values()], guards: GUARDS });
}

/** The workloads that a manifest's triggers ask us for, decided by `policy` where it is given. Throws UsageError. */
export function readWorkloads(file: string, policy: string | undefined): readonly Workload[] {
  const objects = readScaledObjects(file);
  if (typeof objects === 'string') throw new UsageError(`${file}: ${objects}`);
  const references = objects.flatMap(({ metadata, spec }) =>
    spec.triggers
      .flatMap((trigger) => referenceOfTrigger(trigger, metadata) ?? [])
      .map((asked) => {
        if (!asked.ok) throw new UsageError(`${file}: metadata.url: ${asked.error}`);
        const { reference } = asked.value;
        return { ...reference, scalerMetadata: { ...reference.scalerMetadata, ...(policy ? { policy } : {}) } };
      }),
  );
  if (references.length === 0)
    throw new UsageError(`${file}: no trigger of type external, and no metrics-api with a path of ours`);
  return references.map((reference) => {
    const parsed = parseMetadata(reference, LOCAL_CONTEXT);
    if (parsed.ok) return parsed.value.workload;
    const problems = parsed.error.map(({ key, allowed }) => {
      if (key !== 'policy') return `${file}: metadata.${key}: must be ${allowed}`;
      return `${policy === undefined ? `${file}: metadata.policy` : '--policy'}: must be one of ${POLICY_NAMES}`;
    });
    throw new UsageError(problems.join('\n'));
  });
}
