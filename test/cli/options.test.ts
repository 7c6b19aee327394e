import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommanderError } from '@commander-js/extra-typings';
import { expect } from 'chai';
import { insertTable, optionsCommand } from '../../src/cli/commands/options.js';
import { renderMetadataTable } from '../../src/scaler/metadata-table.js';

const PAGE = 'Before\n<!-- metadata:begin -->\nstale table\n<!-- metadata:end -->\nAfter\n';

describe('kiscaler options', () => {
  let folder: string;
  let page: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kiscaler-options-'));
    page = join(folder, 'README.md');
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Exit code of the command. */
  const run = (...args: string[]): number => {
    const command = optionsCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => {} });
    try {
      command.parse(args, { from: 'user' });
      return 0;
    } catch (error) {
      if (error instanceof CommanderError) return error.exitCode;
      throw error;
    }
  };

  it('puts the table between its marks and leaves the rest alone', () => {
    const updated = insertTable(PAGE) ?? '';
    expect(updated).to.include(renderMetadataTable()).and.not.to.include('stale');
    expect(updated)
      .to.match(/^Before\n/)
      .and.match(/\nAfter\n$/);
    expect(insertTable(updated)).to.equal(updated);
  });

  it('tells a page with an old table from one with the present one', () => {
    writeFileSync(page, PAGE);
    expect(run('--check', page)).to.equal(1);
    expect(run('--write', page)).to.equal(0);
    expect(run('--check', page)).to.equal(0);
    expect(readFileSync(page, 'utf8')).to.include('`missPrice`');
  });

  it('refuses a page without marks and does not touch it', () => {
    writeFileSync(page, 'no marks\n');
    expect(run('--write', page)).to.equal(2);
    expect(readFileSync(page, 'utf8')).to.equal('no marks\n');
  });
});
