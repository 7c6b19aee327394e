import { ok, type Result } from '../../base/result.js';
import type { Seconds } from '../../base/units.js';
import { DEFAULT_GRID } from '../../decision/window.js';
import { BEHAVIORS } from '../../kisim/control.js';
import type { Policy } from '../../policies/policy.js';
import {
  defaultsOf,
  formatSettings,
  linear,
  logarithmic,
  type OptionsOf,
  readSettings,
} from '../../policies/settings.js';
import { declaredColdStart } from '../../scenarios/build-fleet.js';
import type { PolicyControl } from '../../scenarios/policy-control.js';
import { planClairvoyant } from './clairvoyant-plan.js';
import { type Foreseen, foresee, type World } from './foreseen.js';
import { computeLeastWork } from './least-work.js';

export const CLAIRVOYANT = 'clairvoyant';

export const CLAIRVOYANT_SETTINGS = {
  margin: logarithmic(1, [0.5, 4], "replicas planned per replica's worth of the load to come"),
  hold: linear(30, [0, 86_400], 'seconds beyond a cold start for which a replica is kept for the next time'),
} as const;
export type ClairvoyantOptions = OptionsOf<typeof CLAIRVOYANT_SETTINGS>;

/** It answers KEDA as policies do; nothing corrects it, and the HPA has the block that we recommend. */
export const CLAIRVOYANT_CONTROL: PolicyControl = { guards: false, behavior: BEHAVIORS.recommended };

/** `clairvoyant:margin=1.3,hold=600`, by which such a run is planned. */
export function clairvoyantName(options: ClairvoyantOptions): string {
  return `${CLAIRVOYANT}:${formatSettings(CLAIRVOYANT_SETTINGS, options)}`;
}

/** The settings of such a name; undefined where it is of something else. The error says what is wrong with them. */
export function parseClairvoyantName(name: string): Result<ClairvoyantOptions, string> | undefined {
  if (!name.startsWith(`${CLAIRVOYANT}:`)) return undefined;
  const settings = readSettings(CLAIRVOYANT_SETTINGS, name.slice(CLAIRVOYANT.length + 1), CLAIRVOYANT);
  if (!settings.ok) return settings;
  return ok({ ...defaultsOf(CLAIRVOYANT_SETTINGS), ...(settings.value as Partial<ClairvoyantOptions>) });
}

const SLOT: Seconds = 5;
/** Slots over which the load is averaged: a request is served for that long at least, on any profile that ships. */
const SMOOTHING = 3;
/** Cold starts that are planned for, against the median: of a spread of 0.15 five in six are shorter. */
const LATE_START = 1.15;

/**
 * A policy that knows every request of this very run and nothing of the dice: a plan of counts for the whole run, made
 * beforehand, of which it answers the one of the tick, through KEDA and the HPA like any other. Throws as `runScenario` does.
 */
export function createClairvoyant(options: World, { margin, hold }: ClairvoyantOptions): Policy {
  const { scenario, kind } = options;
  const { min, max } = scenario.replicas;
  const foreseen = foresee(options);
  const plan = planClairvoyant({
    load: loadOf(foreseen),
    slot: SLOT,
    margin,
    hold,
    lead: LATE_START * declaredColdStart(scenario, kind) + scenario.control.hpaSync + DEFAULT_GRID.interval / 2,
    memory: BEHAVIORS.recommended.scaleDown.stabilizationWindow,
    minReplicas: min,
    maxReplicas: max,
  });
  const answerAt = (tick: Seconds): number => plan[Math.min(plan.length - 1, Math.round(tick / SLOT))] ?? min;
  return {
    name: CLAIRVOYANT,
    propose: (batch) =>
      Promise.resolve(
        batch.map(({ window }) => ({ policy: CLAIRVOYANT, ok: true as const, replicas: answerAt(window.tick) })),
      ),
  };
}

/** Load to come in replicas, [slots]: the work of the requests in proportion to the least that each takes, a replica's capacity being what cost is measured by. */
function loadOf({ profile, arrival, duration, throughput, ...lengths }: Foreseen): Float64Array {
  const { prefill, decode } = computeLeastWork(profile, lengths);
  const arrived = new Float64Array(Math.floor(duration / SLOT) + 1);
  let total = 0;
  for (let i = 0; i < arrival.length; i++) {
    const k = Math.min(arrived.length - 1, Math.floor((arrival[i] as number) / SLOT));
    const work = (prefill[i] as number) + (decode[i] as number);
    arrived[k] = (arrived[k] as number) + work;
    total += work;
  }
  const scale = total > 0 ? arrival.length / throughput / total / (SMOOTHING * SLOT) : 0;
  return arrived.map((_, k) => {
    let sum = 0;
    for (let back = 0; back < Math.min(SMOOTHING, k + 1); back++) sum += arrived[k - back] as number;
    return scale * sum;
  });
}
