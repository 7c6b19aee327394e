import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { renderReference } from '../../src/cli/render-reference.js';

describe('docs/reference.md', () => {
  it('is what `kiscaler reference` prints (make it anew with: node dist/cli/main.js reference > docs/reference.md)', () => {
    const page = readFileSync(new URL('../../docs/reference.md', import.meta.url), 'utf8');
    expect(page.trimEnd()).to.equal(renderReference().trimEnd());
  });
});
