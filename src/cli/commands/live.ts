import { Command, Option } from '@commander-js/extra-typings';
import { createSystemClock } from '../../base/clock.js';
import type { Seconds } from '../../base/units.js';
import { startLiveServer } from '../../kisim/live/live-server.js';
import type { LearnedPolicy } from '../../policies/policy.js';
import { POLICY_NAMES } from '../../policies/registry.js';
import type { Answer } from '../../scenarios/answer.js';
import { controlOf } from '../../scenarios/policy-control.js';
import { galleryNames } from '../../scenarios/read-scenario.js';
import { openLiveFleet } from '../live/open-live-fleet.js';
import { runPolicyLoop } from '../live/policy-loop.js';
import { renderPrometheusConfig } from '../live/prometheus-config.js';
import { decimal, integer, wallTime, wholeNumber } from '../option-parsers.js';
import { type Case, listCases } from '../simulate/cases.js';
import { isUsersError } from '../simulate/usage-error.js';
import { untilOver } from '../until-over.js';

const EXIT_USAGE = 2;

export interface LiveOptions {
  readonly speed: number;
  readonly port: number;
  readonly control: 'api' | 'scenario';
  readonly policy?: string | undefined;
  readonly seed?: number | undefined;
  readonly namespace: string;
  readonly deployment?: string | undefined;
  readonly model?: string | undefined;
  readonly for?: Seconds | undefined;
}

const NOTES = `
  GET /targets              for Prometheus' http_sd_configs
  GET /pods/NAME/metrics    what the engine of that pod shows, in its own names and buckets
  GET /dcgm                 the DCGM exporter
  GET /kube-state-metrics   the Deployment, its pods and its HPA
  GET /replicas             {"spec", "ready", "starting", ...}
  PUT /replicas             {"replicas": 3}: what KEDA and the HPA would do
  POST /pods/NAME/crash     its container ends and restarts in place, counters at zero

Examples:
  kiscaler live spike > prometheus.yml & prometheus --config.file=prometheus.yml
  kiscaler live daily --speed 60 --control scenario --policy planner

At --speed N everything happens N times as fast: rates are N times as high on the wall clock, and so is the scrape interval
that shows the same picture. Latencies in histograms stay what they are in the simulated time.
Exit codes: 0 ended by a signal or --for, 1 failed, 2 wrong usage, scenario or profile.`;

/**
 * `kiscaler live`: a scenario in real time (or faster) behind the metrics endpoints of a real fleet. A command of its own beside
 * `simulate`, because it ends when it is told to and prints where to scrape instead of what came of it.
 */
export function liveCommand(loadLearned: () => Promise<LearnedPolicy | undefined> = async () => undefined) {
  return new Command('live')
    .description('Serve a simulated fleet to a real Prometheus, in real time or faster; prints a configuration for it.')
    .argument('[scenario]', `a scenario file, or one of ${galleryNames().join(', ')} (default: spike)`)
    .option('--speed <factor>', 'simulated seconds per second, 0.1 to 1000', (text) => decimal(text, 0.1, 1000), 1)
    .option('--port <n>', 'port on 127.0.0.1; 0 takes a free one', (text) => integer(text, 65_535), 0)
    .addOption(
      new Option('--control <who>', 'who scales it: PUT /replicas, or KEDA and the HPA as the scenario has them')
        .choices(['api', 'scenario'] as const)
        .default('api' as const),
    )
    .option('--policy <name>', `who decides under --control scenario: ${POLICY_NAMES} (default: the scenario's)`)
    .option('--seed <n>', 'seed of every random stream', wholeNumber)
    .option('--namespace <name>', 'namespace of everything that is shown', 'simulation')
    .option('--deployment <name>', "name of the Deployment and its ScaledObject (default: the scenario's)")
    .option('--model <name>', "model_name that the engine shows (default: the profile's name)")
    .option('--for <duration>', 'wall time after which it ends, e.g. 30s; absent: until Ctrl-C', wallTime)
    .addHelpText('after', NOTES)
    .action(async (scenario, options, command) => {
      try {
        await live(scenario, options, loadLearned);
        process.exit(0);
      } catch (error) {
        if (!isUsersError(error)) throw error;
        command.error(`error: ${error.message}`, { exitCode: EXIT_USAGE });
      }
    });
}

/** Serves until a signal or `--for`. Throws UsageError, ScenarioError, or what `fs` and `net` throw. */
async function live(
  name: string | undefined,
  options: LiveOptions,
  loadLearned: () => Promise<LearnedPolicy | undefined>,
): Promise<void> {
  const { policy, seed } = options;
  const cases = await listCases(
    name,
    { policy: policy === undefined ? undefined : [policy], seed, guards: true },
    loadLearned,
  );
  const one = cases[0] as Case;
  const clock = createSystemClock(options.speed);
  const { fleet, duration } = openLiveFleet(one, {
    clock,
    speed: options.speed,
    namespace: options.namespace,
    deployment: options.deployment ?? one.scenario.name,
    modelName: options.model ?? one.kind.profile.name,
  });
  const server = await startLiveServer(fleet, options.port, fleet);
  process.stdout.write(renderPrometheusConfig(server.port, fleet.grid.interval / options.speed));
  say(
    `${one.label} on http://127.0.0.1:${server.port}/targets, traffic for ${duration / options.speed} s, ${options.control} scales it`,
  );
  const ending = new AbortController();
  const scaling =
    options.control === 'scenario'
      ? runPolicyLoop(
          fleet,
          {
            policy: one.policy,
            guards: controlOf(one.policy.name).guards ?? one.scenario.guards,
            clock,
            onAnswer: (tick, answer) => say(describe(tick, answer, fleet.spec)),
          },
          ending.signal,
        )
      : Promise.resolve();
  await untilOver(options.for);
  ending.abort();
  await scaling;
  await server.close();
}

function describe(tick: Seconds, { metricTotal, outcome }: Answer, spec: number): string {
  const why = outcome !== 'unguarded' && outcome.kind === 'decision' ? `: ${outcome.sentence}` : '';
  return `${tick} s, ${spec} replicas, answer ${metricTotal ?? 'none'}${why}`;
}

function say(text: string): void {
  process.stderr.write(`kiscaler live: ${text}\n`);
}
