import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { findProblems } from '../../../src/cli/simulate/check-mode.js';
import { listGallery } from '../../../src/cli/simulate/list-mode.js';
import { galleryNames } from '../../../src/scenarios/read-scenario.js';

describe('kiscaler simulate --list', () => {
  it('lists the whole gallery with a sentence on what each scenario teaches', () => {
    expect(listGallery().map(({ name }) => name)).to.deep.equal(galleryNames());
    for (const { name, teaches } of listGallery()) expect(teaches, name).to.match(/^[A-Z].{40,}\.$/);
  });
});

describe('kiscaler simulate --check', () => {
  let folder: string;
  const check = (text: string): readonly string[] => {
    const file = join(folder, 'one.yaml');
    writeFileSync(file, text);
    return findProblems(file);
  };
  const scenario = (lines: string): string => `version: 1\nname: one\n${lines}\n`;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kiscaler-'));
    writeFileSync(join(folder, 'late.csv'), 'arrival_s,input_tokens,output_tokens\n1,1,1\n0,1,1\n');
  });
  after(() => rmSync(folder, { recursive: true }));

  it('finds nothing wrong with the gallery', () => {
    for (const name of galleryNames()) expect(findProblems(name), name).to.deep.equal([]);
  });

  it('names field, value and range of everything that is wrong', () => {
    expect(
      check(scenario('profile: demo-small\ntraffic: { pattern: spike, high: 5 }\nmissPrice: 0\nseed: -1')),
    ).to.deep.equal(['missPrice: must be from 1 to 1000, found 0', 'seed: must be >= 0, found -1']);
  });

  const beyond: [string, string, RegExp][] = [
    [
      'a profile that is not there',
      'profile: no-gpu\ntraffic: { pattern: spike, high: 5 }',
      /^profile: unknown profile "no-gpu"/,
    ],
    [
      'a policy that is not there',
      'profile: demo-small\npolicy: oracle\ntraffic: { pattern: spike, high: 5 }',
      /^policy oracle: there are learned, qplan, planner/,
    ],
    [
      'a pool whose profile is not there',
      'profile: demo-small\ntraffic: { pattern: spike, high: 5 }\nfleet: { pools: [{ name: a, profile: no-gpu }] }',
      /^fleet\.pools\.0\.profile: unknown profile "no-gpu"/,
    ],
    ['a trace that is not there', 'profile: demo-small\ntraffic: { file: none.csv }', /^traffic: ENOENT.*none\.csv/],
    [
      'a trace that goes wrong far into the file',
      'profile: demo-small\ntraffic: { file: late.csv }',
      /^traffic: late\.csv: line 3/,
    ],
  ];
  for (const [what, lines, message] of beyond)
    it(`finds ${what}`, () => expect(check(scenario(lines)).join('\n')).to.match(message));
});
