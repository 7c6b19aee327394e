import { Argument, Command } from '@commander-js/extra-typings';
import { renderReference } from '../render-reference.js';
import { renderScenarioReference } from '../render-scenario-reference.js';

const PAGES = { product: renderReference, scenarios: renderScenarioReference } as const;

/** `kiscaler reference`: the pages that are made from the code, docs/reference.md and docs/scenarios.md. */
export function referenceCommand() {
  return new Command('reference')
    .description(
      'print the reference of metadata, settings, signals, observation, guards and errors, or of scenario files, as Markdown',
    )
    .addArgument(
      new Argument('[page]', 'which one').choices(['product', 'scenarios'] as const).default('product' as const),
    )
    .action((page) => {
      process.stdout.write(`${PAGES[page]().trimEnd()}\n`);
    });
}
