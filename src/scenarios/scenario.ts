import { z } from 'zod';
import { faultSchema } from '../kisim/fault.js';
import { COLD_START_SIGMA } from '../kisim/fleet/cold-start.js';
import { ROUTER_NAMES } from '../kisim/fleet/router.js';
import { POLICY_NAMES } from '../policies/registry.js';
import { beliefsSchema } from './beliefs.js';
import { duration } from './fields.js';
import { checkSpans } from './schema/check-spans.js';
import { controlSchema } from './schema/control.js';
import { engineSchema } from './schema/engine.js';
import { fleetSchema } from './schema/fleet.js';
import { checkFleetFaults } from './schema/fleet-faults.js';
import { telemetrySchema } from './schema/telemetry.js';
import { trafficSchema } from './schema/traffic.js';

const DAY = 86_400;
const replicas = z.number().int().min(0).max(1000);

/** The scenario file, version 1: one fleet, its traffic, its ScaledObject, what goes wrong, and who decides. */
export const scenarioSchema = z
  .strictObject({
    version: z.literal(1).describe('Of this format.'),
    name: z
      .string()
      .regex(/^[a-z0-9-]{1,60}$/, 'must be lower-case letters, digits and dashes, at most 60')
      .describe('Lower-case letters, digits and dashes.'),
    teaches: z.string().max(400).default('').describe('One sentence: what can be learned from it.'),
    profile: z.string().min(1).describe('GPU x model profile of a replica: one that ships, or the path of a file.'),
    replicas: z
      .strictObject({
        min: replicas.default(1).describe('minReplicaCount of the ScaledObject.'),
        max: replicas.min(1).default(10).describe('maxReplicaCount.'),
        initial: replicas.optional().describe('Ready replicas when the run begins; default: `min`.'),
      })
      .prefault({})
      .describe('Bounds of the fleet.'),
    slo: z
      .strictObject({
        metric: z.enum(['ttft', 'e2e']).default('ttft').describe('Time to first token, or the whole request.'),
        limit: duration(0.001, 3600).default(2).describe('A request above it is a miss.'),
      })
      .prefault({})
      .describe('Latency objective.'),
    missPrice: z
      .number()
      .min(1)
      .max(1000)
      .default(30)
      .describe("Replica-equivalents that one missed replica's worth of traffic costs; what policies weigh."),
    coldStart: z
      .strictObject({
        median: duration(0, DAY).optional().describe("From creation to ready; default: the profile's."),
        sigma: z
          .number()
          .min(0)
          .max(2)
          .default(COLD_START_SIGMA)
          .describe('Standard deviation of the logarithm; 0: always the median.'),
      })
      .prefault({})
      .describe('Cold start in one piece; `fleet.coldStart` has phases.'),
    beliefs: beliefsSchema
      .optional()
      .describe('What the operator has declared, over what is true; default: the truth.'),
    traffic: trafficSchema.describe('Who asks for what, and when.'),
    duration: duration(60, 400 * DAY)
      .optional()
      .describe(
        'How long traffic lasts; default: as long as its files or parts, else 30 minutes. The run ends with its last request.',
      ),
    warmup: duration(0, DAY).default(0).describe('Requests and costs before this time are not counted.'),
    clientTimeout: duration(0.1, 3600).default(60).describe('A client gives up so long after its request.'),
    router: z.enum(ROUTER_NAMES).default('least-outstanding').describe('How requests are dealt out to ready replicas.'),
    gateway: z
      .boolean()
      .default(false)
      .describe('Prometheus sees a gateway that counts arrivals; nothing else wakes a fleet at zero.'),
    engine: engineSchema.optional().describe("Other than the profile's; only of Triton."),
    fleet: fleetSchema
      .prefault({})
      .describe('What pods are, where they run, how they start and end, and what clients do when they fail.'),
    control: controlSchema.prefault({}).describe('The ScaledObject, as KEDA and the HPA carry it out.'),
    telemetry: telemetrySchema.prefault({}).describe('The Prometheus through which the fleet is seen.'),
    policy: z
      .string()
      .min(1)
      .default('planner')
      .describe(`Who decides: ${POLICY_NAMES}; with settings if need be: \`kpa:targetUtilization=0.5,guards=on\`.`),
    guards: z
      .boolean()
      .default(true)
      .describe('Our guards correct the policy; off: its number goes to the HPA as it is.'),
    seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(1).describe('Of every random stream.'),
    faults: z.array(faultSchema).default([]).describe('What goes wrong, and when.'),
  })
  .superRefine(({ replicas: { min, max, initial = min }, control, faults }, context) => {
    if (min > max)
      context.addIssue({ code: 'custom', path: ['replicas', 'min'], message: `must be <= replicas.max (${max})` });
    else if (initial < min || initial > max)
      context.addIssue({ code: 'custom', path: ['replicas', 'initial'], message: `must be from ${min} to ${max}` });
    if (control.idleReplicas !== undefined && control.idleReplicas >= min)
      context.addIssue({
        code: 'custom',
        path: ['control', 'idleReplicas'],
        message: `must be below replicas.min (${min})`,
      });
    for (const { path, message } of checkSpans(faults, control))
      context.addIssue({ code: 'custom', path: [...path], message });
  })
  .superRefine(({ coldStart, fleet, faults, warmup, duration }, context) => {
    // A warm-up as long as the run counts nothing: every figure would be missing, and nobody would know why.
    if (duration !== undefined && warmup >= duration)
      context.addIssue({ code: 'custom', path: ['warmup'], message: `must be shorter than duration (${duration}s)` });
    if (coldStart.median !== undefined && fleet.coldStart)
      context.addIssue({
        code: 'custom',
        path: ['coldStart', 'median'],
        message: 'must be absent with fleet.coldStart',
      });
    for (const { index, field, message } of checkFleetFaults(faults, fleet))
      context.addIssue({ code: 'custom', path: ['faults', index, field], message });
  });

export type Scenario = z.output<typeof scenarioSchema>;
export type ScenarioInput = z.input<typeof scenarioSchema>;
