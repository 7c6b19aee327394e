import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Series } from '../../src/engines/series.js';
import { VLLM } from '../../src/engines/vllm.js';
import { DATA, WITHOUT_DATA } from '../support/data.js';

const all: readonly Series[] = Object.values(VLLM);

describe('vLLM from outside', () => {
  it('has ascending histogram bounds', () => {
    for (const { names, kind, bounds = [] } of all) {
      expect(kind === 'histogram', names[0]).to.equal(bounds.length > 0);
      for (let i = 1; i < bounds.length; i++) expect(bounds[i], names[0]).to.be.above(bounds[i - 1] as number);
    }
  });

  describe(`as vLLM 0.32.0 exposed it${WITHOUT_DATA}`, () => {
    if (!DATA) {
      it('is not compared here');
      return;
    }
    const text = readFileSync(join(DATA, 'engine_metrics/scrapes/vllm-0.32.0-busy.prom'), 'utf8');
    for (const { names, kind, bounds = [] } of all) {
      it(`${names[0]}: same kind and bounds`, () => {
        expect(text).to.match(new RegExp(`^# TYPE ${names[0]} ${kind}$`, 'm'));
        const les = [...text.matchAll(new RegExp(`^${names[0]}_bucket\\{.*le="([^"]+)".*\\}`, 'gm'))].map(
          (match) => match[1],
        );
        if (kind === 'histogram') expect(les.filter((le) => le !== '+Inf').map(Number)).to.deep.equal([...bounds]);
      });
    }
  });
});
