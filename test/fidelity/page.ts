import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CheckResult, Results } from './results.js';
import { type FidelityRow, SECTIONS, type Section } from './row.js';

/** What the model leaves out is written by hand; figures are not. */
const LEFT_OUT = fileURLToPath(new URL('./left-out.md', import.meta.url));

/** docs/fidelity.md, from results alone. */
export function renderPage(results: Results): string {
  const entries = Object.entries(results);
  const rows = entries.flatMap(([, result]) => result.rows);
  const sections = (Object.keys(SECTIONS) as Section[]).map((section) => renderSection(section, entries));
  return `${[
    '# Fidelity',
    'How close KISim comes to what it stands for: every figure beside what is allowed, those that miss it included. Printed by `make fidelity` from `docs/fidelity.json`; do not edit.',
    renderSummary(rows),
    ...sections,
    readFileSync(LEFT_OUT, 'utf8').trim(),
    renderRuns(entries),
  ].join('\n\n')}\n`;
}

function renderSummary(rows: readonly FidelityRow[]): string {
  const lines = (Object.keys(SECTIONS) as Section[]).map((section) => {
    const own = rows.filter((row) => row.section === section);
    const judged = own.filter(({ within }) => within !== 'reported');
    const good = judged.filter(({ within }) => within === true).length;
    const reported = own.length - judged.length;
    const counts = own.length === 0 ? 'not run' : `${good} of ${judged.length}`;
    return `| ${SECTIONS[section].title} | ${counts} | ${reported} |`;
  });
  return ['| Section | within tolerance | reported only |', '| --- | --- | --- |', ...lines].join('\n');
}

function renderSection(section: Section, entries: readonly (readonly [string, CheckResult])[]): string {
  const { title, sentence } = SECTIONS[section];
  const rows = entries.flatMap(([, { rows }]) => rows).filter((row) => row.section === section);
  if (rows.length === 0) return `## ${title}\n${sentence}\n\nNo figures: ${reasonFor(section, entries)}`;
  const commands = [...new Set(rows.map(({ command }) => command))];
  const lines = rows.map(({ check, metric, measured, tolerance, within, command }) => {
    const verdict = within === 'reported' ? '-' : within ? 'yes' : '**no**';
    const cells = [check, metric, measured, tolerance, verdict];
    if (commands.length > 1) cells.push(`\`${command}\``);
    return `| ${cells.map(escapeCell).join(' | ')} |`;
  });
  const head = ['check', 'figure', 'measured', 'tolerance', 'within', ...(commands.length > 1 ? ['command'] : [])];
  const table = [`| ${head.join(' | ')} |`, `|${' --- |'.repeat(head.length)}`, ...lines].join('\n');
  const run = commands.length > 1 ? '' : ` Again: \`${commands[0]}\`.`;
  return `## ${title}\n${sentence}${run}\n\n${table}`;
}

/** Checks that are not called like their section. */
const CHECK_OF: Readonly<Partial<Record<Section, string>>> = { logs: 'real' };

/** Why a section is empty: what its check said when it was skipped. */
function reasonFor(section: Section, entries: readonly (readonly [string, CheckResult])[]): string {
  const check = CHECK_OF[section] ?? section;
  return entries.find(([name]) => name === check)?.[1].skipped ?? 'not run yet.';
}

function renderRuns(entries: readonly (readonly [string, CheckResult])[]): string {
  const lines = entries.map(
    ([name, { date, node, rows, skipped }]) =>
      `| ${name} | ${date} | ${node} | ${skipped ?? `${rows.length} figures`} |`,
  );
  return ['## When', '', '| check | run on | Node | |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
