import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { runKiscaler } from '../../support/kiscaler-process.js';

const REQUESTS = 'arrival_s,input_tokens,output_tokens';
const FILES = {
  empty: '',
  header: `${REQUESTS}\n`,
  back: `${REQUESTS}\n5,10,10\n3,10,10\n`,
  before: `${REQUESTS}\n-3,100,50\n`,
  silent: 'time_s,rate_rps\n0,0\n300,0\n',
  // As a spreadsheet writes it.
  few: `\uFEFF${REQUESTS}\r\n1,10,10\r\n200,10,10\r\n`,
} as const;

describe("kiscaler evaluate on a user's traffic", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kiscaler-traffic-'));
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, `${name}.csv`), text);
  });
  after(() => rmSync(folder, { recursive: true }));

  const evaluate = (...names: (keyof typeof FILES | 'gone')[]) => {
    const files = names.map((name) => join(folder, `${name}.csv`));
    const rest = ['--policies', 'static-1', '--seeds', '1', '--workers', '1', '--json'];
    return runKiscaler(['evaluate', '--traffic', ...files, ...rest]);
  };

  it('is refused by file and line where it is none', async () => {
    const [empty, header, back, before, gone] = await Promise.all([
      evaluate('empty'),
      evaluate('header'),
      evaluate('back'),
      evaluate('before'),
      evaluate('gone'),
    ]);
    for (const one of [empty, header, back, before, gone]) expect(one).to.include({ code: 2, stdout: '' });
    expect(empty.stderr).to.contain('empty.csv: line 1').and.contain('found nothing');
    expect(header.stderr).to.contain('header.csv: line 2: the trace has no rows');
    expect(back.stderr).to.contain('back.csv: line 3: arrivals must not go back, found 3 after 5');
    expect(before.stderr).to.contain('before.csv: line 2: arrival_s must be between 0 and');
    expect(gone.stderr).to.contain('gone.csv').and.contain('no such file');
  });

  it('has no cost where no request comes: refused alone, said beside others', async () => {
    const [alone, beside] = await Promise.all([evaluate('silent'), evaluate('silent', 'few')]);
    expect(alone).to.include({ code: 2, stdout: '' });
    expect(alone.stderr).to.contain('not one request came of').and.contain('silent.csv');
    expect(beside.code).to.equal(0);
    expect(beside.stderr).to.contain('not one request came of').and.not.contain('few.csv');
    const row = JSON.parse(beside.stdout) as Record<string, unknown>;
    expect(row).to.include({ requests: 2, missRate: 0, policy: 'static-1' });
  });
});
