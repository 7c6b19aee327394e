import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { COMMANDS } from '../../src/cli/commands.js';
import { runKiscaler } from '../support/kiscaler-process.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

describe('kiscaler', () => {
  it('ends with 0 when it has done what it was asked for', async () => {
    const [shown, help] = await Promise.all([runKiscaler(['--version']), runKiscaler(['--help'])]);
    expect(shown).to.include({ code: 0, stdout: `${version}\n` });
    expect(help.code).to.equal(0);
    for (const { name, summary } of COMMANDS) expect(help.stdout).to.include(name).and.include(summary.slice(0, 20));
  });

  it('ends with 2 on an unknown command, option or argument, and says which', async () => {
    const [command, option] = await Promise.all([runKiscaler(['bogus']), runKiscaler(['reference', '--bogus'])]);
    expect(command.code).to.equal(2);
    expect(command.stderr).to.include("unknown command 'bogus'");
    expect(option.code).to.equal(2);
    expect(option.stderr).to.include("unknown option '--bogus'");
    expect(command.stdout + option.stdout).to.equal('');
  });

  it('L13: ends with 78 on wrong configuration, with every problem', async () => {
    const { code, stdout, stderr } = await runKiscaler(['serve', '--tick', '0s'], { KISCALER_LOG_LEVEL: 'loud' });
    expect(code).to.equal(78);
    expect(stderr).to.include('--tick').and.include('--log-level');
    expect(stdout).to.equal('');
  });

  it('lists each command once, and each one can be loaded under its name', async () => {
    expect(new Set(COMMANDS.map(({ name }) => name)).size).to.equal(COMMANDS.length);
    for (const { name, load } of COMMANDS) expect((await load()).name()).to.equal(name);
  });
});
