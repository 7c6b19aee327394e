import { z } from 'zod';
import { coldStartSchema as coldStart } from '../../kisim/fleet/cold-start-schema.js';
import { delaySchema as delay } from '../../kisim/fleet/delay-schema.js';
import { DRAIN_MODES } from '../../kisim/fleet/kubelet.js';
import { GPU } from '../../kisim/fleet/pool.js';
import { RETRY_CAUSES } from '../../kisim/fleet/retries.js';
import { duration } from '../fields.js';

const DAY = 86_400;
const YEAR = 366 * DAY;
const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{0,59}$/, 'must be lower-case letters, digits, dots and dashes, at most 60');
const resource = z.string().regex(/^[A-Za-z0-9./_-]{1,100}$/, 'must be the name of a resource, like nvidia.com/gpu');
const ratio = (min: number, max: number) => z.number().min(min).max(max);

const pool = z.strictObject({
  name: name.describe('Of the pool.'),
  profile: z.string().min(1).optional().describe("GPU x model profile of its pods; default: the scenario's."),
  count: z
    .number()
    .int()
    .min(0)
    .max(1000)
    .optional()
    .describe('It has the first pods of the fleet, up to so many; what pools with a count leave is shared.'),
  share: ratio(0, 1e6).optional().describe('Its weight where the rest is shared; default 1.'),
  pricePerHour: ratio(0, 100_000).optional().describe("Of one pod, dollars; default: the profile's."),
  gpu: resource
    .default(GPU)
    .describe(
      'What a pod asks of its node, as many as its profile has GPUs; MIG slices have names like nvidia.com/mig-1g.10gb.',
    ),
  coldStart: coldStart.optional().describe("Default: the fleet's."),
});

const nodePool = z
  .strictObject({
    name: name.describe('Of the node pool.'),
    gpu: resource.default(GPU).describe('The resource that its nodes have.'),
    gpusPerNode: z.number().int().min(1).max(1000).default(8).describe('How many of it.'),
    count: z
      .number()
      .int()
      .min(0)
      .max(1000)
      .default(1)
      .describe('Nodes at the start, and what an idle pool shrinks to.'),
    max: z.number().int().min(0).max(1000).optional().describe('Nodes that there can be; default: `count`.'),
    provisioning: z
      .union([z.literal('none'), delay], { error: 'must be none, a duration, { median, sigma } or { quantiles }' })
      .prefault({ median: 160, sigma: 0.4 })
      .describe('From the order to the ready node; `none`: nodes cannot be ordered.'),
    idleAfter: duration(0, YEAR).default(600).describe('An ordered node goes after so long without pods.'),
    zones: z.array(name).min(1).max(26).default(['a']).describe('Nodes are spread over them.'),
    capacity: z.enum(['on-demand', 'spot']).default('on-demand').describe('Spot nodes can be taken back.'),
    priceFactor: ratio(0, 10).optional().describe("Of the price of the pods' pool; default 1, on spot nodes 0.5."),
  })
  .superRefine(({ count, max = count }, context) => {
    if (max < count) context.addIssue({ code: 'custom', path: ['max'], message: `must be >= count (${count})` });
  });

const retries = z.strictObject({
  on: z
    .array(z.enum(RETRY_CAUSES))
    .min(1)
    .default([...RETRY_CAUSES])
    .describe('After what clients try again.'),
  attempts: z.number().int().min(1).max(100).default(3).describe('In all, the first one included.'),
  backoff: duration(0, 3600).default(1).describe('First wait.'),
  factor: ratio(1, 10).default(2).describe('Each wait over the one before.'),
  maxBackoff: duration(0, 3600).default(30).describe('Longest wait.'),
  jitter: ratio(0, 1).default(1).describe('Part of each wait that chance may take off; 1 is full jitter.'),
  budget: z
    .union([z.literal('unlimited'), ratio(0, 100)], { error: 'must be unlimited or a number from 0 to 100' })
    .default(0.2)
    .describe('Retries per first attempt, over all clients; `unlimited` makes storms.'),
});

/** `fleet` of a scenario file: what its pods are, where they run, how they start and end, and what clients do when they fail. */
export const fleetSchema = z
  .strictObject({
    coldStart: coldStart.optional().describe('Cold start in phases; default: in one piece, as `coldStart` says.'),
    pools: z
      .array(pool)
      .min(1)
      .max(16)
      .optional()
      .describe("Pools of unlike replicas behind one router; default: one of the scenario's profile."),
    nodes: z
      .array(nodePool)
      .min(1)
      .max(16)
      .optional()
      .describe('Node pools, in the order in which nodes are ordered from them; default: there is room for every pod.'),
    drain: z
      .strictObject({
        mode: z.enum(DRAIN_MODES).default('wait').describe('What becomes of the requests of a pod that is taken away.'),
        grace: duration(0, 3600).default(30).describe('terminationGracePeriodSeconds: what is left then is lost.'),
      })
      .prefault({})
      .describe('The end of a pod.'),
    gatewayCapacity: z
      .number()
      .int()
      .min(0)
      .max(1e6)
      .default(1000)
      .describe('Requests that the gateway holds while no pod is ready; one more gets 503.'),
    queueCap: z
      .number()
      .int()
      .min(0)
      .max(1e6)
      .optional()
      .describe('Requests that may wait in one engine; one more gets 429. Default: no limit.'),
    prefixCaching: z
      .union([z.boolean(), ratio(0, 0.999)], { error: 'must be true, false or a share from 0 to 0.999' })
      .optional()
      .describe(
        "vLLM's prefix cache: on, off, or the share of every prompt that it is taken to hold. Default: on where the traffic can tell which prompts begin alike.",
      ),
    retries: retries.optional().describe('Clients that try again; default: none does.'),
    failures: z
      .strictObject({
        podMtbf: duration(60, 100 * YEAR)
          .optional()
          .describe('Mean time between failures of a container that serves; default: none.'),
        nodeMtbf: duration(60, 100 * YEAR)
          .optional()
          .describe('Likewise of a node.'),
        nodeRepair: delay.optional().describe('How long a node is away; default: it never comes back.'),
        spotMtbf: duration(60, 100 * YEAR)
          .optional()
          .describe('Mean time until the cloud takes a spot node back; default: never.'),
        spotNotice: duration(0, 3600).default(120).describe('The notice that it gives.'),
      })
      .prefault({})
      .describe('What fails at random; `faults` says when.'),
  })
  .superRefine(({ coldStart: staged, pools = [], nodes, failures }, context) => {
    const refuse = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path, message });
    for (const list of [pools, nodes ?? []])
      for (const [i, one] of list.entries())
        if (list.findIndex((other) => other.name === one.name) !== i)
          refuse(
            [list === pools ? 'pools' : 'nodes', i, 'name'],
            'must be another name than that of the entries before',
          );
    if (nodes && staged?.phases?.node)
      refuse(['coldStart', 'phases', 'node'], 'must be absent where there are nodes: provisioning says it');
    for (const field of ['nodeMtbf', 'spotMtbf'] as const)
      if (!nodes && failures[field] !== undefined) refuse(['failures', field], 'must be absent without nodes');
  });

export type FleetField = z.output<typeof fleetSchema>;
