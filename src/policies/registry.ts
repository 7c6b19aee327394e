import { err, ok, type Result } from '../base/result.js';
import { APA_SETTINGS, createAibrixApa } from './aibrix-apa.js';
import { createDynamoPlanner, DYNAMO_SETTINGS } from './dynamo-planner.js';
import { createEnova, ENOVA_SETTINGS } from './enova.js';
import { createHpaConcurrency, HPA_CONCURRENCY_SETTINGS } from './hpa-concurrency.js';
import { createHpaGpu, HPA_GPU_SETTINGS } from './hpa-gpu.js';
import { createHpaQueue, HPA_QUEUE_SETTINGS } from './hpa-queue.js';
import { createKedaQueue, KEDA_QUEUE_SETTINGS } from './keda-queue.js';
import { createKpa, KPA_SETTINGS } from './kpa.js';
import { createLlmdQueue, LLMD_QUEUE_SETTINGS } from './llm-d-queue.js';
import { createLlmdSlo, SLO_AWARE_SETTINGS } from './llm-d-slo.js';
import { createLlmdToken, TOKEN_AWARE_SETTINGS } from './llm-d-token.js';
import { createPeakPlanner, PEAK_SETTINGS } from './peak-planner.js';
import { createPlanner, PLANNER_SETTINGS } from './planner.js';
import type { LearnedPolicy, Policy } from './policy.js';
import { createQplan, QPLAN, QPLAN_SETTINGS } from './qplan.js';
import { createQueueRunning, QUEUE_RUNNING_SETTINGS } from './queue-running.js';
import { createSeasonalNaive, SEASONAL_NAIVE_SETTINGS } from './seasonal-naive.js';
import {
  defaultsOf,
  findSettingProblems,
  formatSettings,
  type NumberSettings,
  type OptionsOf,
  readSettings,
  SettingError,
  type SettingSpecs,
  type Settings,
} from './settings.js';
import { SHARED_SETTINGS, withFloors } from './shared-settings.js';
import { createStatic } from './static.js';
import { createWvaSaturation, WVA_SETTINGS } from './wva-saturation.js';

/** Name of the policy that comes from a model file; it is made by `policies/onnx` and handed in. */
export const LEARNED = 'learned';

interface Law {
  readonly settings: NumberSettings;
  readonly create: (options: Settings) => Policy;
}

function law<S extends NumberSettings>(settings: S, create: (options: OptionsOf<S>) => Policy): Law {
  return { settings, create: (given) => create({ ...defaultsOf(settings), ...given } as OptionsOf<S>) };
}

/** The hand-written laws by name, ours first; without settings each stands at its authors' constants. */
const LAWS: Readonly<Record<string, Law>> = {
  planner: law(PLANNER_SETTINGS, createPlanner),
  peak: law(PEAK_SETTINGS, createPeakPlanner),
  hpa: law(HPA_CONCURRENCY_SETTINGS, createHpaConcurrency),
  'hpa-queue': law(HPA_QUEUE_SETTINGS, createHpaQueue),
  'hpa-gpu': law(HPA_GPU_SETTINGS, createHpaGpu),
  'keda-queue': law(KEDA_QUEUE_SETTINGS, createKedaQueue),
  'queue-running': law(QUEUE_RUNNING_SETTINGS, createQueueRunning),
  kpa: law(KPA_SETTINGS, createKpa),
  'aibrix-apa': law(APA_SETTINGS, createAibrixApa),
  enova: law(ENOVA_SETTINGS, createEnova),
  'wva-saturation': law(WVA_SETTINGS, createWvaSaturation),
  'llm-d-queue': law(LLMD_QUEUE_SETTINGS, createLlmdQueue),
  'llm-d-token': law(TOKEN_AWARE_SETTINGS, createLlmdToken),
  'llm-d-slo': law(SLO_AWARE_SETTINGS, (options) => createLlmdSlo('monotone', options)),
  'llm-d-slo-literal': law(SLO_AWARE_SETTINGS, (options) => createLlmdSlo('literal', options)),
  dynamo: law(DYNAMO_SETTINGS, createDynamoPlanner),
  'seasonal-naive': law(SEASONAL_NAIVE_SETTINGS, createSeasonalNaive),
};

/** Names of the hand-written laws. */
export const LAW_NAMES: readonly string[] = Object.keys(LAWS);

/** What a policy name may be, for messages and help texts. */
export const POLICY_NAMES = [LEARNED, QPLAN, ...LAW_NAMES, 'static-N'].join(', ');

const STATIC = /^static-([1-9]\d{0,3})$/;

/** A law's own settings and those that all share; undefined: no policy of that name. A fixed count has none. */
export function settingsOf(name: string): SettingSpecs | undefined {
  if (STATIC.test(name)) return {};
  if (name === LEARNED) return SHARED_SETTINGS;
  if (name === QPLAN) return { ...QPLAN_SETTINGS, ...withoutKeysOf(SHARED_SETTINGS, QPLAN_SETTINGS) };
  const found = Object.hasOwn(LAWS, name) ? LAWS[name] : undefined;
  return found && { ...found.settings, ...withoutKeysOf(SHARED_SETTINGS, found.settings) };
}

/**
 * The policy of that name, or undefined when there is none; `learned` is the one handed in. With settings it is named
 * `law:setting=value,...`, in the order in which they are declared. Throws SettingError for settings that it cannot have.
 */
export function createPolicy(name: string, learned?: LearnedPolicy, settings: Settings = {}): Policy | undefined {
  const specs = settingsOf(name);
  const problems = specs ? findSettingProblems(specs, settings) : [];
  if (problems.length > 0) throw new SettingError(problems.map((problem) => `policy ${name}: ${problem}`).join('\n'));
  const policy = createPlain(name, learned, settings);
  if (!policy || !specs || Object.keys(settings).length === 0) return policy;
  return withFloors(policy, nameWith(name, settings), settings);
}

/** `law:setting=value,...`, settings in the order in which they are declared; the law alone without any. */
export function nameWith(name: string, settings: Settings): string {
  const text = formatSettings(settingsOf(name) ?? {}, settings);
  return text === '' ? name : `${name}:${text}`;
}

function createPlain(name: string, learned: LearnedPolicy | undefined, settings: Settings): Policy | undefined {
  const fixed = STATIC.exec(name);
  if (fixed) return createStatic(Number(fixed[1]));
  if (name === LEARNED) return learned;
  if (name === QPLAN)
    return learned && createQplan(learned, { ...defaultsOf(QPLAN_SETTINGS), ...ownOf(QPLAN_SETTINGS, settings) });
  const found = Object.hasOwn(LAWS, name) ? LAWS[name] : undefined;
  return found?.create(ownOf(found.settings, settings));
}

/** Those of the settings that are the law's own. */
function ownOf(specs: NumberSettings, settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => key in specs));
}

/** A policy's name and settings from `law` or `law:setting=value,...`; the error says what is wrong with it. */
export function parsePolicyName(text: string): Result<{ readonly name: string; readonly settings: Settings }, string> {
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  const specs = settingsOf(name);
  if (!specs) return err(`policy ${name}: there are ${POLICY_NAMES}`);
  if (colon < 0) return ok({ name, settings: {} });
  const settings = readSettings(specs, text.slice(colon + 1), `policy ${name}`);
  return settings.ok ? ok({ name, settings: settings.value }) : settings;
}

/** The policy that `law` or `law:setting=value,...` names, for command lines and scenario files. */
export function readPolicy(text: string, learned?: LearnedPolicy): Result<Policy, string> {
  const parsed = parsePolicyName(text);
  if (!parsed.ok) return parsed;
  const policy = createPolicy(parsed.value.name, learned, parsed.value.settings);
  return policy ? ok(policy) : err(`policy ${text}: no model is there to load`);
}

/** Whether a text names a policy that needs the model file, with settings or without: these are told the price of a miss. */
export function isLearned(text: string): boolean {
  return [LEARNED, QPLAN].some((name) => text === name || text.startsWith(`${name}:`));
}

function withoutKeysOf(specs: SettingSpecs, others: SettingSpecs): SettingSpecs {
  return Object.fromEntries(Object.entries(specs).filter(([name]) => !Object.hasOwn(others, name)));
}

/** Every policy that the server runs side by side: the workload's own decides, the others are its shadow. */
export function createServedPolicies(learned?: LearnedPolicy): ReadonlyMap<string, Policy> {
  const policies = [...LAW_NAMES, QPLAN, LEARNED]
    .map((name) => createPolicy(name, learned))
    .filter((policy) => policy !== undefined);
  return new Map(policies.map((policy) => [policy.name, policy]));
}
