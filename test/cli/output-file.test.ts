import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openOutputFile } from '../../src/cli/output-file.js';

describe('an output file', () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kiscaler-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('stands under its name only once it is finished', () => {
    const file = openOutputFile(path('new.csv'));
    file.write('a\n');
    expect(existsSync(path('new.csv'))).to.equal(false);
    file.write('b\n');
    file.finish();
    expect(readFileSync(path('new.csv'), 'utf8')).to.equal('a\nb\n');
    expect(existsSync(path('new.csv.part'))).to.equal(false);
  });

  it('leaves what was there where it is discarded', () => {
    writeFileSync(path('old.csv'), 'old');
    const file = openOutputFile(path('old.csv'));
    file.write('new');
    file.discard();
    expect(readFileSync(path('old.csv'), 'utf8')).to.equal('old');
    expect(existsSync(path('old.csv.part'))).to.equal(false);
  });

  it('follows a link, and writes to a device directly', () => {
    writeFileSync(path('target.csv'), 'old');
    symlinkSync(path('target.csv'), path('link.csv'));
    const file = openOutputFile(path('link.csv'));
    file.write('new');
    file.finish();
    expect(readFileSync(path('target.csv'), 'utf8')).to.equal('new');
    const device = openOutputFile('/dev/null');
    device.write('new');
    device.finish();
    expect(existsSync('/dev/null.part')).to.equal(false);
  });

  it('fails at once at a folder', () => {
    expect(() => openOutputFile(folder)).to.throw(/EISDIR/);
  });
});
