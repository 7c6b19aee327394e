import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CHECKS } from './checks.js';
import { renderPage } from './page.js';
import { type Results, readResults, writeResults } from './results.js';
import type { FidelityCheck } from './row.js';

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));

/**
 * `npx tsx test/fidelity/main.ts [--short] [--page] [NAME...]`: runs the named checks, or all, and brings docs/fidelity.json and
 * docs/fidelity.md up to date with what they found. `--short` prints the short forms and writes nothing; `--page` prints the page
 * anew from the results that are there. Exit code 1 when a figure is outside its tolerance, 2 for an unknown name.
 */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { short: { type: 'boolean', default: false }, page: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const unknown = positionals.filter((name) => !CHECKS.some((check) => check.name === name));
  if (unknown.length > 0) {
    process.stderr.write(`no check ${unknown.join(', ')}; there are ${CHECKS.map(({ name }) => name).join(', ')}\n`);
    return 2;
  }
  const chosen = CHECKS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  let results: Results = values.short ? {} : readResults(`${DOCS}fidelity.json`);
  for (const check of values.page ? [] : chosen) {
    results = { ...results, [check.name]: await runCheck(check, values.short) };
    if (!values.short) save(results);
  }
  if (values.short) process.stdout.write(renderPage(results));
  else save(results);
  const outside = Object.values(results).flatMap(({ rows }) => rows.filter(({ within }) => within === false));
  process.stderr.write(`${outside.length} figures outside their tolerance\n`);
  return outside.length === 0 ? 0 : 1;
}

async function runCheck(check: FidelityCheck, short: boolean): Promise<Results[string]> {
  const started = performance.now();
  const progress = (text: string): void => {
    process.stderr.write(`[${check.name} ${((performance.now() - started) / 1000).toFixed(0)} s] ${text}\n`);
  };
  const found = await check.run({ short, progress });
  const date = new Date().toISOString().slice(0, 10);
  const stamp = { date, node: process.version };
  return 'skipped' in found ? { ...stamp, rows: [], skipped: found.skipped } : { ...stamp, rows: found };
}

function save(results: Results): void {
  const ordered = Object.fromEntries(CHECKS.flatMap(({ name }) => (results[name] ? [[name, results[name]]] : [])));
  writeResults(`${DOCS}fidelity.json`, ordered);
  writeFileSync(`${DOCS}fidelity.md`, renderPage(ordered));
}

process.exitCode = await main();
