import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { renderMetadataTable } from '../../src/scaler/metadata-table.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const pages = execFileSync('git', ['ls-files', '-z', '--', '*.md'], { cwd: ROOT, encoding: 'utf8' })
  .split('\0')
  .filter((path) => path !== '' && existsSync(join(ROOT, path)));

/** Targets of a page's links that lie in this tree. */
const linksOf = (text: string): string[] =>
  [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => (match[1] as string).replace(/#.*$/, ''))
    .filter((link) => link !== '' && !/^[a-z]+:/.test(link));

describe('documents', () => {
  it('link to files that are there', () => {
    const broken = pages.flatMap((page) =>
      linksOf(read(page))
        .filter((link) => !existsSync(join(ROOT, dirname(page), link)))
        .map((link) => `${page}: ${link}`),
    );
    expect(broken).to.deep.equal([]);
  });

  it('have the README show the trigger metadata that the scaler reads', () => {
    const shown = /<!-- metadata:begin -->\n([\s\S]*?)\n<!-- metadata:end -->/.exec(read('README.md'))?.[1];
    expect(shown, 'run: node dist/cli/main.js options --write README.md').to.equal(renderMetadataTable());
  });

  it('have the README name every command, and no other', () => {
    const commands = readdirSync(join(ROOT, 'src/cli/commands')).map((file) => file.replace(/\.ts$/, ''));
    const section = /\n## Commands\n([\s\S]*?)\n##/.exec(read('README.md'))?.[1] ?? '';
    const named = section
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .flatMap((line) => [...(line.split(' | ')[0] as string).matchAll(/`([a-z]+)[^`]*`/g)].map((match) => match[1]));
    expect(named.sort()).to.deep.equal(commands.sort());
  });

  it('name only make verbs that exist', () => {
    const verbs = new Set([...read('Makefile').matchAll(/^([a-z0-9-]+):/gm)].map((match) => match[1]));
    const named = pages.flatMap((page) =>
      [...read(page).matchAll(/(?:`|^)make ([a-z0-9-]+)/gm)].map((match) => `${page}: make ${match[1]}`),
    );
    expect(named).not.to.deep.equal([]);
    expect(named.filter((line) => !verbs.has(line.split(' ').at(-1)))).to.deep.equal([]);
  });

  it('have every record of a decision in the index of ARCHITECTURE.md', () => {
    const records = readdirSync(join(ROOT, 'docs/adr'));
    for (const record of records) expect(linksOf(read('ARCHITECTURE.md'))).to.include(`docs/adr/${record}`);
  });
});
