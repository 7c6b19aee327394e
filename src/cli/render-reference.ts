import { ACTIONS } from '../decision/action.js';
import { PROPOSAL_FAILURES } from '../decision/decision.js';
import { FEATURES } from '../decision/features.js';
import { GUARDS } from '../decision/guards.js';
import { OBSERVATION_SCHEMA } from '../decision/observation.js';
import { SIGNALS } from '../decision/signal.js';
import { renderErrorTable } from '../scaler/errors.js';
import { renderMetadataTable } from '../scaler/metadata-table.js';
import { renderLawSettings } from './law-settings.js';
import { renderTable } from './markdown-table.js';
import { SETTINGS } from './serve-config.js';

/**
 * The reference page in Markdown, made from the tables that the code runs on: trigger metadata, settings, signals, observation,
 * actions, guards and errors. `docs/reference.md` is this text; a test compares the two.
 */
export function renderReference(): string {
  return [
    '# Reference',
    'Made by `kiscaler reference` from the tables that the code runs on; a test fails when this page and the code differ.',
    '## Trigger metadata',
    'Keys of `triggers[].metadata` in a ScaledObject. Unknown keys are reported, never refused.',
    renderMetadataTable(),
    '## Settings of `kiscaler serve`',
    'A flag wins over its environment variable.',
    renderTable(
      ['flag', 'environment', 'default', 'meaning'],
      SETTINGS.map(({ flag, env, default: fallback, doc }) => [
        `\`--${flag}\``,
        `\`${env}\``,
        fallback && `\`${fallback}\``,
        doc,
      ]),
    ),
    '## Settings of laws',
    "After a policy's name on a command line or in a scenario file: `kpa:targetUtilization=0.5,guards=on`. The defaults are what their authors published.",
    renderLawSettings(),
    '## Signals',
    'What a window may hold. Without a fresh sample of a required signal there is no decision.',
    renderTable(
      ['signal', 'unit', 'legal range', 'required', 'meaning'],
      Object.entries(SIGNALS).map(([name, { unit, min, max, required, meaning }]) => [
        `\`${name}\``,
        unit,
        `${min} to ${max}`,
        required ? 'yes' : 'no',
        meaning,
      ]),
    ),
    '## Observation',
    `Schema \`${OBSERVATION_SCHEMA}\`: what the network sees, in this order. Every feature is dimensionless and clipped to its range.`,
    renderTable(
      ['#', 'group', 'feature', 'range', 'meaning'],
      FEATURES.map(({ group, name, low, high, meaning }, i) => [
        `${i}`,
        group,
        `\`${name}\``,
        `${low} to ${high}`,
        meaning,
      ]),
    ),
    '## Actions',
    'Hold keeps the current count; `plan` is what the quantile law asks for, the others are multiples of it, rounded up.',
    renderTable(
      ['#', 'action'],
      ACTIONS.map(({ name }, i) => [`${i}`, name]),
    ),
    '## Guards',
    'In the order in which they act on every proposal.',
    renderTable(
      ['#', 'guard', 'rule'],
      GUARDS.map(({ name, meaning }, i) => [`${i + 1}`, name, meaning]),
    ),
    '## When the planner answers instead of the policy',
    renderTable(
      ['code', 'meaning'],
      Object.entries(PROPOSAL_FAILURES).map(([code, meaning]) => [`\`${code}\``, meaning]),
    ),
    '## Errors',
    'What KEDA is told when there is no number to tell. UNAVAILABLE makes the HPA hold.',
    renderErrorTable(),
    '',
  ].join('\n\n');
}
