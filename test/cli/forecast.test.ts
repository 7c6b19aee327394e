import { expect } from 'chai';
import { forecastCommand } from '../../src/cli/commands/forecast.js';

describe('kiscaler forecast', () => {
  it('refuses fewer than six episodes, of which two would be left to judge by', async () => {
    const command = forecastCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => {} });
    const outcome = await command.parseAsync(['node', 'forecast', '--episodes', '5']).then(
      () => 'accepted',
      (error: Error) => error.message,
    );
    expect(outcome).to.match(/--episodes <n>' argument '5' is invalid\. must be a whole number from 6/);
  });
});
