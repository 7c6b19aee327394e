#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from '@commander-js/extra-typings';
import { COMMANDS } from './commands.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('kiscaler')
  .description('A KEDA external scaler for GPU inference, and the simulator its policy is trained in.')
  .version(version)
  .showHelpAfterError('(kiscaler --help lists what there is)')
  .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 wrong usage or input, 78 wrong configuration.')
  // Commander ends with 1 where the command line is wrong; `commander.error` is a command's own word, and its own code.
  .exitOverride(({ code, exitCode }) => process.exit(exitCode === 1 && code !== 'commander.error' ? 2 : exitCode));

/** The command asked for is loaded, the others are only listed: `--help` and short commands stay quick. */
const [first = '', second = ''] = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const name = first === 'help' ? second : first;
for (const { name: listed, summary, load } of COMMANDS) {
  if (listed === name) program.addCommand((await load()).copyInheritedSettings(program));
  else program.command(listed).description(summary);
}

try {
  await program.parseAsync();
} catch (cause) {
  process.stderr.write(`kiscaler: ${cause instanceof Error ? cause.message : String(cause)}\n`);
  if (process.env['KISCALER_DEBUG'] && cause instanceof Error) process.stderr.write(`${cause.stack}\n`);
  process.exitCode = 1;
}
