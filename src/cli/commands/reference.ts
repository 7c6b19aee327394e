import { Command } from '@commander-js/extra-typings';
import { renderReference } from '../render-reference.js';

export function referenceCommand() {
  return new Command('reference')
    .description('print the reference of metadata, settings, signals, observation, guards and errors as Markdown')
    .action(() => {
      process.stdout.write(`${renderReference().trimEnd()}\n`);
    });
}
