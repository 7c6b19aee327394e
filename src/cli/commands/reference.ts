import { Command } from '@commander-js/extra-typings';
import { renderReference } from '../render-reference.js';

export function referenceCommand() {
  return new Command('reference')
    .description('print the reference of signals, observation, actions and guards as Markdown')
    .action(() => {
      process.stdout.write(`${renderReference().trimEnd()}\n`);
    });
}
