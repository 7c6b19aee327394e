import { Option } from '@commander-js/extra-typings';
import { galleryNames, readScenario } from '../../scenarios/read-scenario.js';
import type { SimulateMode } from './mode.js';

/** `simulate --list`: the scenarios that come with kiscaler, each with what it teaches. */
export const LIST_MODE: SimulateMode = {
  heading: 'Gallery:',
  options: [new Option('--list', 'list the scenarios that come with kiscaler, and what each teaches')],
  shared: ['json'],
  async run({ json }) {
    const scenarios = listGallery();
    process.stdout.write(
      json
        ? `${JSON.stringify(scenarios, undefined, 2)}\n`
        : scenarios.map(({ name, teaches }) => `${name}\n${wrap(teaches, '    ')}\n`).join(''),
    );
  },
};

/** By name, in alphabetical order. */
export function listGallery(): readonly { readonly name: string; readonly teaches: string }[] {
  return galleryNames().map((name) => {
    const scenario = readScenario(name);
    return { name, teaches: scenario.ok ? scenario.value.teaches : scenario.error };
  });
}

const LINE_LENGTH = 96;

function wrap(text: string, indent: string): string {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1] as string;
    if (line.length + word.length >= LINE_LENGTH) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.map((line) => indent + line).join('\n');
}
