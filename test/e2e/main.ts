import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Mocha from 'mocha';
import { type Bed, startBed } from './support/bed.js';
import { openCurrentBed } from './support/current-bed.js';
import { versionOf } from './support/folders.js';
import type { KedaBuild } from './support/keda.js';
import { startSample } from './support/sample.js';
import { type Choice, type Told, tellStories, told } from './support/stories.js';

const SUITE = fileURLToPath(new URL('./suite/', import.meta.url));
/** Stories that run side by side: they wait most of the time, but they share two cores or so. */
const AT_ONCE = 12;
/** What every KEDA that we say we work with has to show: values, zero, push, jobs, a dead scaler, fallback. */
const CORE = 'row [13456]:|§8|external-push,';

/**
 * The bed for the command line: `suite [PATTERN]` runs the short stories whose title fits and ends with their result, `core`
 * those that a version of KEDA is judged by, `full [PATTERN]` those that take hours too, `up` leaves the bed running until it is
 * interrupted. KEDA_SERIES=previous takes the minor before KEDA's newest. Whatever ends it, what it started ends with it; logs
 * and the summary stay.
 */
async function main([command = 'suite', pattern = '']: readonly string[]): Promise<number> {
  const started = Date.now();
  const since = (): string => `${((Date.now() - started) / 1000).toFixed(1)} s`;
  const say = (text: string): void => void process.stderr.write(`e2e: ${text}\n`);
  let isUp: Bed | undefined;
  endWhenInterrupted(() => isUp, say);
  const bed = await openBed(command, say);
  isUp = bed;
  say(`the bed is up after ${since()}; logs are in ${bed.folder}/log`);
  try {
    if (command === 'up') return await leaveUp(bed);
    const size = command === 'full' ? 'full' : 'short';
    const chosen = new RegExp(command === 'core' ? CORE : pattern);
    const failures = await runSuite(bed, { pattern: chosen, size, limit: AT_ONCE }, say);
    const total = `${told.length} stories, ${failures} failed, in ${since()}${bed.isOwn ? `, ${bed.keda} ${versionOf(bed.keda)}` : ''}`;
    writeSummary(bed, told, total);
    say(`${total}; summary in ${bed.folder}/summary.md`);
    return failures === 0 ? 0 : 1;
  } finally {
    await bed.stop();
  }
}

function openBed(command: string, say: (text: string) => void): Promise<Bed> {
  const { CLUSTER, HOST_ADDRESS = '127.0.0.1', KEDA_SERIES } = process.env;
  if (CLUSTER === 'current') return openCurrentBed(HOST_ADDRESS);
  const hpaSync = command === 'up' ? 15 : 2;
  const keda: KedaBuild = KEDA_SERIES === 'previous' ? 'keda-previous' : 'keda';
  say(`${keda} ${versionOf(keda)}`);
  return startBed({ keda, hpaSync, scrapeInterval: '2s', nodes: 40 }, say);
}

async function runSuite(bed: Bed, choice: Choice, say: (text: string) => void): Promise<number> {
  const mocha = new Mocha({ timeout: 0, grep: choice.pattern });
  // Imported, not loaded by mocha: its way makes a second copy of every module, the list of stories among them.
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  for (const file of readdirSync(SUITE).sort()) await import(join(SUITE, file));
  const stories = tellStories(bed, choice, say);
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  await stories;
  return failures;
}

async function leaveUp(bed: Bed): Promise<number> {
  const sample = await startSample(bed);
  const lines = [
    `export KUBECONFIG=${bed.kubeconfig}`,
    `Prometheus  ${bed.prometheusUrl}`,
    `logs        ${bed.folder}/log`,
    ...sample,
  ];
  process.stdout.write(`${lines.join('\n')}\nCtrl-C ends it.\n`);
  await new Promise(() => setInterval(() => {}, 60_000));
  return 0;
}

/** A bed that is still coming up ends with this process: what it has started is ended on exit, at once. */
function endWhenInterrupted(bed: () => Bed | undefined, say: (text: string) => void): void {
  let isEnding = false;
  const end = (signal: string): void => {
    if (isEnding) return;
    isEnding = true;
    say(`${signal}: ending what was started`);
    void Promise.resolve(bed()?.stop()).finally(() => process.exit(130));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(signal));
}

function writeSummary(bed: Bed, results: readonly Told[], total: string): void {
  const rows = results.map(({ title, size, seconds, failure, notes }) => {
    const cells = [
      title,
      size,
      failure === undefined ? 'pass' : 'FAIL',
      seconds.toFixed(0),
      [...notes, failure ?? ''].join('; '),
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  });
  const table = ['| story | size | result | s | measured |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
  writeFileSync(join(bed.folder, 'summary.md'), `${table}\n\n${total}\n`);
  writeFileSync(join(bed.folder, 'summary.json'), JSON.stringify(results, undefined, 2));
}

process.exit(
  await main(process.argv.slice(2)).catch((cause: unknown) => {
    process.stderr.write(`e2e: ${cause instanceof Error ? cause.message : String(cause)}\n`);
    return 1;
  }),
);
