import { readFileSync } from 'node:fs';
import { faultSchema } from '../kisim/fault.js';
import { galleryNames, galleryPath, readScenario } from '../scenarios/read-scenario.js';
import { scenarioSchema } from '../scenarios/scenario.js';
import { type FaultKind, listFaultKinds, listKeys, type SchemaKey } from '../scenarios/schema-keys.js';
import { renderTable } from './markdown-table.js';

const EXAMPLE = 'zone-loss';

/** The page on scenario files, made from the schemas that read them; `docs/scenarios.md` is this text, a test compares the two. */
export function renderScenarioReference(): string {
  const keys = listKeys(scenarioSchema);
  const blocks = keys.filter(
    ({ path }) => keys.some((other) => other.path.startsWith(`${path}.`)) && !/[.[]/.test(path),
  );
  const sections = blocks
    .filter(({ path }) => path !== 'faults')
    .flatMap(({ path, meaning }) => [
      `## \`${path}\``,
      meaning,
      keyTable(keys.filter((key) => key.path.startsWith(`${path}.`) || key.path.startsWith(`${path}[`))),
    ]);
  return [
    '# Scenario files',
    'Made by `kiscaler reference scenarios` from the schemas that read these files; a test fails when this page and the code differ.',
    INTRODUCTION,
    fence('yaml', readFileSync(galleryPath(EXAMPLE) as string, 'utf8').trimEnd()),
    fence('', COMMANDS),
    '## Gallery',
    renderTable(['scenario', 'what it teaches'], galleryNames().map(galleryRow)),
    '## Values',
    renderTable(['value', 'how it is written'], VALUES),
    '## Keys',
    'All but `version`, `name`, `profile` and `traffic` have a default. Unknown keys are refused; an error names the key, the value found and what is allowed.',
    keyTable(keys.filter(({ path }) => !/[.[]/.test(path))),
    ...sections,
    '## `faults`',
    'A list of lines, each with its `kind`. Where pods or nodes are struck, they are the oldest that are ready, as many as there are.',
    renderTable(['kind', 'key', 'value', 'default', 'meaning'], listFaultKinds(faultSchema).flatMap(faultRows)),
  ].join('\n\n');
}

const INTRODUCTION =
  'A scenario file is one run of KISim: a fleet, its traffic, its ScaledObject, what goes wrong, and who decides. This one ships with kiscaler:';

const COMMANDS = `kiscaler simulate my.yaml --policy planner --policy hpa --html report.html
kiscaler simulate --list          # the gallery
kiscaler simulate --check my.yaml # only whether the file is sound`;

const VALUES = [
  ['duration', '`90s`, `500ms`, `5m`, `2h`, or a number of seconds; a moment is so long after the start of the run'],
  [
    'delay',
    'a duration alone is always that long; `{ median: 40s, sigma: 0.3 }` is log-normal; `{ quantiles: { p0: 10s, p50: 30s, p99: 2m } }` is drawn along straight lines between the quantiles',
  ],
  [
    'token length',
    'a number is the mean of a log-normal law with the spread of real conversations; `{ mean: 500, sigma: 0.8 }` has a spread of its own; `{ constant: 512 }` is always that; `{ histogram: file.csv, model: name }` draws from counted lengths',
  ],
];

function galleryRow(name: string): readonly string[] {
  const scenario = readScenario(name);
  return [`\`${name}\``, scenario.ok ? scenario.value.teaches : scenario.error];
}

function keyTable(keys: readonly SchemaKey[]): string {
  return renderTable(['key', 'value', 'default', 'meaning'], keys.map(keyCells));
}

function keyCells({ path, value, default: fallback, isRequired, meaning }: SchemaKey): readonly string[] {
  return [`\`${path}\``, value, isRequired ? 'required' : (fallback ?? ''), meaning];
}

function faultRows({ kind, meaning, keys }: FaultKind): readonly (readonly string[])[] {
  return [[`\`${kind}\``, '', '', '', meaning], ...keys.map((key) => ['', ...keyCells(key)])];
}

function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}
