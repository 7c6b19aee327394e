import { Option } from '@commander-js/extra-typings';
import { expect } from 'chai';
import { chooseMode, type SimulateMode } from '../../../src/cli/simulate/mode.js';
import { UsageError } from '../../../src/cli/simulate/usage-error.js';

const mode = (names: readonly string[], shared: readonly string[] = []): SimulateMode => ({
  heading: `${names[0]}:`,
  options: names.map((name) => new Option(`--${name} <value>`)),
  shared,
  run: async () => {},
});

describe('a mode of kiscaler simulate', () => {
  const replay = mode(['replay', 'replay-rate'], ['json']);
  const check = mode(['check']);
  const [asked, rate] = replay.options as [Option, Option];
  const [json, seed] = [new Option('--json'), new Option('--seed <n>')];
  const choose = (...given: Option[]) => chooseMode([replay, check], given);

  it('is chosen by its first option, and reads its own options and the shared ones that it names', () => {
    expect(choose(asked, rate, json)).to.equal(replay);
    expect(choose(...check.options)).to.equal(check);
  });

  it('is not chosen by options that all share', () => {
    expect(choose(json, seed)).to.equal(undefined);
  });

  const refused: [string, Option[], string][] = [
    ['two modes', [asked, ...check.options], '--replay and --check exclude each other'],
    ['an option that it does not read', [asked, seed], '--seed: has no meaning with --replay'],
    ["another mode's option", [...check.options, rate], '--replay-rate: has no meaning with --check'],
    ['its options without it', [rate], '--replay-rate: needs --replay'],
  ];
  for (const [what, given, message] of refused) {
    it(`refuses ${what}`, () => expect(() => choose(...given)).to.throw(UsageError, message));
  }
});
