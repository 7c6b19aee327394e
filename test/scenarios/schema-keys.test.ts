import { expect } from 'chai';
import { z } from 'zod';
import { duration } from '../../src/kisim/duration.js';
import { faultSchema } from '../../src/kisim/fault.js';
import { scenarioSchema } from '../../src/scenarios/scenario.js';
import { listFaultKinds, listKeys } from '../../src/scenarios/schema-keys.js';

describe('keys of a scenario file', () => {
  it('all have a meaning: a new one needs .describe() in its schema', () => {
    const nameless = [
      ...listKeys(scenarioSchema).map(({ path, meaning }) => ({ path, meaning })),
      ...listFaultKinds(faultSchema).flatMap(({ kind, meaning, keys }) => [
        { path: `faults ${kind}`, meaning },
        ...keys.map((key) => ({ path: `faults ${kind}.${key.path}`, meaning: key.meaning })),
      ]),
    ].filter(({ meaning }) => !/^\S.{5,}\.$/.test(meaning));
    expect(nameless).to.deep.equal([]);
  });

  it('are listed with value, range, default and whether they are needed', () => {
    const schema = z.strictObject({
      count: z.number().int().min(1).max(9).describe('Count.'),
      wait: duration(0.5, 7200).default(90).describe('Wait.'),
      ends: duration(0, 60).default(Number.POSITIVE_INFINITY).describe('Ends.'),
      names: z
        .array(z.enum(['a', 'b']))
        .max(3)
        .default(['a'])
        .describe('Names.'),
      inner: z
        .strictObject({ on: z.boolean().default(false).describe('On.') })
        .prefault({})
        .describe('Inner.'),
    });
    const shown = listKeys(schema).map((key) => [key.path, key.value, key.default ?? '', key.isRequired]);
    expect(shown).to.deep.equal([
      ['count', 'integer 1 to 9', '', true],
      ['wait', '[duration](#values) 500ms to 2h', '`90s`', false],
      ['ends', '[duration](#values) 0s to 1m', '', false],
      ['names', 'list of `a`, `b`, at most 3', '`[a]`', false],
      ['inner', 'block', '', false],
      ['inner.on', '`true`, `false`', '`false`', false],
    ]);
  });

  it('are found at every depth: lists, choices and what stands in both', () => {
    const paths = listKeys(scenarioSchema).map(({ path }) => path);
    expect(paths).to.include.members([
      'replicas.max',
      'control.behavior.scaleUp.policies[].value',
      'fleet.nodes[].zones',
      'fleet.coldStart.phases.weights',
      'traffic.tokenBombs[].share',
      'traffic.surges[].outputTokens',
    ]);
    expect(new Set(paths).size).to.equal(paths.length);
    expect(paths).not.to.include('traffic.mix[].pattern');
  });

  it('have defaults that the schema accepts', () => {
    const minimal = { version: 1, name: 'x', profile: 'demo-small', traffic: { pattern: 'constant', high: 1 } };
    for (const { path, default: fallback } of listKeys(scenarioSchema)) {
      if (fallback === undefined || /[.[]/.test(path)) continue;
      const text = fallback.replaceAll('`', '');
      const value = /^(true|false|-?[\d.]+)$/.test(text) ? JSON.parse(text) : text;
      expect(scenarioSchema.safeParse({ ...minimal, [path]: value }).success, path).to.equal(true);
    }
  });
});
