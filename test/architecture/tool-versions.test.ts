import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const TOOLS = fileURLToPath(new URL('../e2e/tools/', import.meta.url));
const versions = new Map(
  readFileSync(join(TOOLS, 'versions.env'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('=') && !line.startsWith('#'))
    .map((line) => line.split('=') as [string, string]),
);
const folders = readdirSync(TOOLS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

describe('versions of the tools', () => {
  it('are all in one file, one for each tool', () => {
    const variables = folders.map((name) => name.toUpperCase().replaceAll('-', '_'));
    expect([...versions.keys()].sort()).to.deep.equal(variables.sort());
  });

  for (const name of folders) {
    it(`are what ${name}/go.mod builds`, () => {
      const text = readFileSync(join(TOOLS, name, 'go.mod'), 'utf8');
      const [, tool = ''] = /^\s*(?:tool )?([a-z0-9.]+\/\S+)$/m.exec(text.slice(text.indexOf('\ntool'))) ?? [];
      const required = [...text.matchAll(/^\s*(?:require )?(\S+) (v\S+)(?: \/\/ indirect)?$/gm)].filter(
        ([, module = '']) => tool === module || tool.startsWith(`${module}/`),
      );
      const longest = required.sort(([, a = ''], [, b = '']) => b.length - a.length)[0];
      const variable = name.toUpperCase().replaceAll('-', '_');
      expect(longest?.[2], tool).to.equal(versions.get(variable));
    });
  }
});
