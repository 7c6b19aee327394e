import { dirname, resolve } from 'node:path';
import { saturationThroughput } from '../../decision/serving-profile.js';
import { computeCost } from '../../evaluation/row.js';
import { TraceError } from '../../kisim/traffic/trace-error.js';
import type { LearnedPolicy } from '../../policies/policy.js';
import { controlOf } from '../../scenarios/policy-control.js';
import { galleryPath } from '../../scenarios/read-scenario.js';
import { type RunResult, runScenario } from '../../scenarios/run-scenario.js';
import { type Case, listCases } from './cases.js';
import { checkDistinct, filesOf, type NamedFile } from './distinct-files.js';
import { type HtmlReport, openHtmlReport } from './html-report.js';
import type { SimulateOptions } from './options.js';
import { createProgress, type Progress } from './progress.js';
import { openRecorder, type RunListeners } from './recorder.js';
import type { ReportedRun } from './table.js';
import { isFileError, UsageError } from './usage-error.js';

/** Plays every traffic under every policy, in order. Throws UsageError, or what `fs` throws for a file it cannot open. */
export async function simulate(
  name: string | undefined,
  options: SimulateOptions,
  loadLearned: () => Promise<LearnedPolicy | undefined>,
  progressOf: (title: string) => Progress = createProgress,
  command = 'kiscaler simulate',
): Promise<readonly ReportedRun[]> {
  const cases = await listCases(name, options, loadLearned);
  checkFiles(name, options, cases);
  const recorder = openRecorder(options);
  let report: HtmlReport | undefined;
  try {
    if (options.html !== undefined) report = openHtmlReport(options.html, command);
    const results: ReportedRun[] = [];
    for (const [index, one] of cases.entries()) {
      const title = `${index + 1}/${cases.length} ${one.label}, ${one.policy.name}`;
      const progress = progressOf(title);
      const binner = report?.open();
      const result = await play(one, progress, options, recorder.of(one.label, one.policy.name, binner));
      const reported = { traffic: one.label, teaches: one.teaches, costRatio: costRatio(one, result), ...result };
      results.push(reported);
      if (binner) report?.add(one, reported, binner.binned);
    }
    await report?.write();
    recorder.finish();
    return results;
  } catch (error) {
    recorder.discard();
    report?.discard();
    throw error;
  }
}

function checkFiles(
  name: string | undefined,
  { traffic = [], profile, ...options }: SimulateOptions,
  cases: readonly Case[],
): void {
  const folder = dirname(galleryPath(name ?? '') ?? name ?? '.');
  const own = traffic.length > 0 ? [] : cases.flatMap(({ scenario }) => filesOf(scenario.traffic));
  checkDistinct(
    [
      ['the scenario', name],
      ['--profile', profile],
      ...traffic.map((one): NamedFile => ['--traffic', one]),
      ...own.map((one): NamedFile => ['the traffic', resolve(folder, one)]),
    ],
    [
      ['--requests-out', options.requestsOut],
      ['--ticks-out', options.ticksOut],
      ['--html', options.html],
    ],
  );
}

/** At the mean lengths of the requests that came, which a trace may have of its own. */
function costRatio({ kind }: Case, { statistics }: RunResult): number {
  const { replicaSeconds, injected, meanInputTokens, meanOutputTokens } = statistics;
  const throughput = saturationThroughput(kind.profile, meanInputTokens, meanOutputTokens);
  return computeCost(replicaSeconds, throughput, injected) ?? Number.NaN;
}

async function play(
  one: Case,
  progress: Progress,
  options: SimulateOptions,
  { onRequest, onTick }: RunListeners,
): Promise<RunResult> {
  const control = controlOf(one.policy.name);
  let isDone = false;
  try {
    const result = await runScenario({
      ...one,
      ...control,
      ...(options.guards ? {} : { guards: false }),
      ...(onRequest ? { onRequest } : {}),
      onStart: (duration) => progress.start(duration),
      onTick: (tick, run) => {
        progress.at(tick.tick);
        onTick?.(tick, run);
      },
    });
    isDone = true;
    return result;
  } catch (error) {
    if (error instanceof TraceError || isFileError(error)) throw new UsageError(error.message, { cause: error });
    throw error;
  } finally {
    progress.end(isDone);
  }
}
