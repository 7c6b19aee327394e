import { readFileSync, writeFileSync } from 'node:fs';
import { Command } from '@commander-js/extra-typings';
import { renderMetadataTable } from '../../scaler/metadata-table.js';

const BEGIN = '<!-- metadata:begin -->';
const END = '<!-- metadata:end -->';
const EXIT_USAGE = 2;

/** `kiscaler options`: the trigger's options as a table; exit code 1 when a checked file has another one. */
export function optionsCommand() {
  return new Command('options')
    .description("print the trigger's options as a Markdown table, or keep the one in a file true")
    .option('--check <file>', `end with 1 unless the table between ${BEGIN} and ${END} is this one`)
    .option('--write <file>', 'put the table there')
    .action(({ check, write }, command) => {
      const file = write ?? check;
      if (file === undefined) {
        process.stdout.write(`${renderMetadataTable()}\n`);
        return;
      }
      const text = readFileSync(file, 'utf8');
      const updated = insertTable(text);
      if (updated === undefined) {
        return command.error(`error: ${file} has no ${BEGIN} followed by ${END}`, { exitCode: EXIT_USAGE });
      }
      if (write !== undefined) writeFileSync(write, updated);
      else if (updated !== text) command.error(`error: ${file} has another table; kiscaler options --write ${file}`);
    });
}

/** The text with the table between its marks; undefined without them. */
export function insertTable(text: string): string | undefined {
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END, from);
  if (from < 0 || to < 0) return undefined;
  return `${text.slice(0, from + BEGIN.length)}\n${renderMetadataTable()}\n${text.slice(to)}`;
}
