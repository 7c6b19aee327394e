import { dirname } from 'node:path';
import { Option } from '@commander-js/extra-typings';
import { createRng } from '../../base/rng.js';
import { loadReplicaKind } from '../../kisim/replica-kind.js';
import { TraceError } from '../../kisim/traffic/trace-error.js';
import { traceFilesIn } from '../../kisim/traffic/trace-files.js';
import { parsePolicyName } from '../../policies/registry.js';
import { buildFleet } from '../../scenarios/build-fleet.js';
import { buildKind } from '../../scenarios/build-kind.js';
import { buildTraffic } from '../../scenarios/build-traffic.js';
import { galleryPath, readScenario } from '../../scenarios/read-scenario.js';
import { ScenarioError } from '../../scenarios/scenario-error.js';
import type { SimulateMode } from './mode.js';
import { isFileError, UsageError } from './usage-error.js';

/** `simulate --check FILE`: whether scenario files are sound, without playing them. */
export const CHECK_MODE: SimulateMode = {
  heading: 'Checking:',
  options: [
    new Option('--check <files...>', 'only say whether scenario files, their profiles, traces and policies are sound'),
  ],
  shared: [],
  async run(options) {
    const files = options['check'] as readonly string[];
    const wrong = files.flatMap((file) => findProblems(file).map((problem) => `${file}: ${problem}`));
    if (wrong.length > 0) throw new UsageError(wrong.join('\n'));
    process.stdout.write(files.map((file) => `${file}: sound\n`).join(''));
  },
};

/** What is wrong with a scenario file: field, value found and what is allowed, one line each; a trace is read to its end. */
export function findProblems(file: string): readonly string[] {
  const read = readScenario(file);
  if (!read.ok) return read.error.split('\n');
  const scenario = read.value;
  const problems: string[] = [];
  const policy = parsePolicyName(scenario.policy);
  if (!policy.ok) problems.push(policy.error);
  const kind = loadReplicaKind(scenario.profile);
  if (!kind.ok) return [...problems, `profile: ${kind.error}`];
  const traces = traceFilesIn(dirname(galleryPath(file) ?? file));
  try {
    buildFleet(scenario, buildKind(scenario, kind.value));
    // Reads every trace to its end.
    buildTraffic(scenario, kind.value.profile, createRng(scenario.seed), traces);
  } catch (error) {
    if (error instanceof ScenarioError) return [...problems, error.message];
    if (!(error instanceof TraceError || isFileError(error))) throw error;
    problems.push(`traffic: ${error.message}`);
  }
  return problems;
}
