import { expect } from 'chai';
import { renderDocument } from '../../src/report/document.js';

const page = (command: string): string => renderDocument({ title: 't', heading: 'h', command, main: '' });

describe('a report as one document', () => {
  it('shows a short command line, folds a long one, and loses none of it', () => {
    expect(page('kiscaler evaluate --fronts')).to.include('<p><code>kiscaler evaluate --fronts</code></p>');
    expect(page('kiscaler evaluate')).not.to.include('<details>');
    const long = `kiscaler evaluate --policies ${Array.from({ length: 80 }, (_, i) => `hpa:targetUtilization=0.${i + 10}`).join(',')}`;
    expect(page(long))
      .to.match(/<details><summary>the command line<\/summary><p><code>/)
      .and.include(long);
  });

  it('escapes what it is given', () => {
    expect(page('<script>')).not.to.include('<script>');
  });
});
