import { z } from 'zod';
import { faultSchema } from '../kisim/fault.js';
import { COLD_START_SIGMA } from '../kisim/fleet/cold-start.js';
import { ROUTER_NAMES } from '../kisim/fleet/router.js';
import { duration } from './fields.js';
import { controlSchema } from './schema/control.js';
import { fleetSchema } from './schema/fleet.js';
import { checkFleetFaults } from './schema/fleet-faults.js';
import { trafficSchema } from './schema/traffic.js';

const DAY = 86_400;
const replicas = z.number().int().min(0).max(1000);

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
    traffic: trafficSchema,
    duration: duration(60, 400 * DAY).optional(),
    warmup: duration(0, DAY).default(0),
    clientTimeout: duration(0.1, 3600).default(60),
    router: z.enum(ROUTER_NAMES).default('least-outstanding'),
    gateway: z.boolean().default(false),
    fleet: fleetSchema.prefault({}),
    control: controlSchema.prefault({}),
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
  })
  .superRefine(({ coldStart, fleet, faults }, context) => {
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
