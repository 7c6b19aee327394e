import { z } from 'zod';
import { BEHAVIORS, type BehaviorName } from '../kisim/control.js';
import { faultSchema } from '../kisim/fault.js';
import { COLD_START_SIGMA } from '../kisim/fleet/cold-start.js';
import { RATE_FAMILY_NAMES } from '../kisim/traffic/families.js';
import { duration } from './fields.js';

const DAY = 86_400;
const replicas = z.number().int().min(0).max(1000);
const tokens = z.number().min(1).max(1e6);

const traffic = z
  .strictObject({
    /** A synthetic family between two rates ... */
    pattern: z.enum(RATE_FAMILY_NAMES as [string, ...string[]]).optional(),
    low: z.number().min(0).max(1e5).default(0),
    high: z.number().min(0).max(1e5).optional(),
    /** Coefficient of variation of the gaps between requests; 1 is Poisson. */
    cv: z.number().min(0.01).max(100).default(1),
    /** ... or a trace: `arrival_s,input_tokens,output_tokens` or `time_s,rate_rps[,cv]`, relative to the scenario file. */
    file: z.string().min(1).optional(),
    time: z.number().min(1e-4).max(1e4).default(1),
    rate: z.number().min(1e-4).max(1e4).default(1),
    /** Token lengths where the trace has none; the profile's means where absent. */
    inputTokens: tokens.optional(),
    outputTokens: tokens.optional(),
  })
  .superRefine(({ pattern, file, low, high }, context) => {
    if ((pattern === undefined) === (file === undefined))
      context.addIssue({ code: 'custom', message: 'needs either pattern or file' });
    if (pattern !== undefined && (high === undefined || high < low))
      context.addIssue({ code: 'custom', path: ['high'], message: `must be a rate >= low (${low})` });
  });

const scalingRules = z.strictObject({
  stabilizationWindow: duration(0, 3600),
  tolerance: z.number().min(0).max(1).default(0.1),
  selectPolicy: z.enum(['Max', 'Min', 'Disabled']).default('Max'),
  policies: z
    .array(
      z.strictObject({
        type: z.enum(['Pods', 'Percent']),
        value: z.number().int().min(1).max(10_000),
        period: duration(1, 1800),
      }),
    )
    .min(1),
});

const behaviorNames = Object.keys(BEHAVIORS) as [BehaviorName, ...BehaviorName[]];

const control = z.strictObject({
  /** `recommended`, `kubernetes` (its defaults), or a block of its own. */
  behavior: z
    .union([z.enum(behaviorNames), z.strictObject({ scaleUp: scalingRules, scaleDown: scalingRules })], {
      error: `must be ${behaviorNames.join(', ')} or { scaleUp, scaleDown }`,
    })
    .default('recommended'),
  pollingInterval: duration(1, 3600).default(15),
  cooldownPeriod: duration(0, DAY).default(0),
  fallback: z
    .strictObject({
      failureThreshold: z.number().int().min(0).max(1000),
      replicas,
      behavior: z
        .enum(['static', 'currentReplicas', 'currentReplicasIfHigher', 'currentReplicasIfLower'])
        .default('static'),
    })
    .optional(),
});

/** The scenario file, version 1: one fleet, its traffic, its ScaledObject, what goes wrong, and who decides. */
export const scenarioSchema = z
  .strictObject({
    version: z.literal(1),
    name: z.string().regex(/^[a-z0-9-]{1,60}$/, 'must be lower-case letters, digits and dashes, at most 60'),
    /** One sentence: what can be learned from it. */
    teaches: z.string().max(400).default(''),
    profile: z.string().min(1),
    replicas: z
      .strictObject({ min: replicas.default(1), max: replicas.min(1).default(10), initial: replicas.optional() })
      .prefault({}),
    slo: z
      .strictObject({ metric: z.enum(['ttft', 'e2e']).default('ttft'), limit: duration(0.001, 3600).default(2) })
      .prefault({}),
    missPrice: z.number().min(1).max(1000).default(30),
    coldStart: z
      .strictObject({ median: duration(0, DAY).optional(), sigma: z.number().min(0).max(2).default(COLD_START_SIGMA) })
      .prefault({}),
    traffic,
    duration: duration(60, 400 * DAY).optional(),
    warmup: duration(0, DAY).default(0),
    clientTimeout: duration(0.1, 3600).default(60),
    router: z.enum(['least-outstanding', 'round-robin']).default('least-outstanding'),
    gateway: z.boolean().default(false),
    control: control.prefault({}),
    policy: z.string().min(1).default('planner'),
    guards: z.boolean().default(true),
    seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(1),
    faults: z.array(faultSchema).default([]),
  })
  .superRefine(({ replicas: { min, max, initial = min } }, context) => {
    if (min > max)
      context.addIssue({ code: 'custom', path: ['replicas', 'min'], message: `must be <= replicas.max (${max})` });
    if (initial < min || initial > max)
      context.addIssue({ code: 'custom', path: ['replicas', 'initial'], message: `must be from ${min} to ${max}` });
  });

export type Scenario = z.output<typeof scenarioSchema>;
export type ScenarioInput = z.input<typeof scenarioSchema>;
