import { expect } from 'chai';
import fc from 'fast-check';
import { serveCommand } from '../../src/cli/commands/serve.js';
import {
  parseAddress,
  parseBackends,
  parseNames,
  parseServeConfig,
  SETTINGS,
  type ServeConfig,
} from '../../src/cli/serve-config.js';

const parse = (flags: Record<string, string> = {}, env: Record<string, string> = {}): ServeConfig => {
  const result = parseServeConfig(flags, env);
  if (!result.ok) throw new Error(result.error.join('\n'));
  return result.value;
};
const problems = (flags: Record<string, string>, env: Record<string, string> = {}): readonly string[] => {
  const result = parseServeConfig(flags, env);
  return result.ok ? [] : result.error;
};

describe('settings of serve', () => {
  it('are complete and frozen without any flag', () => {
    const config = parse();
    expect(Object.keys(config).sort()).to.deep.equal(SETTINGS.map(({ key }) => key).sort());
    expect(config).to.include({ listen: '0.0.0.0:9090', tick: 15, windowTicks: 64, lag: 15, reflection: false });
    expect(Object.isFrozen(config)).to.equal(true);
  });

  it('come from the flag, else the environment, else the table', () => {
    expect(parse({}, { KISCALER_TICK: '30s' }).tick).to.equal(30);
    expect(parse({ tick: '5s' }, { KISCALER_TICK: '30s' }).tick).to.equal(5);
  });

  it('L13: are refused all together, each with its flag, variable and range', () => {
    const found = problems({
      tick: '0',
      'window-ticks': '16.5',
      listen: 'here',
      'log-level': 'loud',
      reflection: 'yes',
    });
    expect(found).to.have.length(5);
    expect(found.join('\n'))
      .to.include('--tick (KISCALER_TICK): must be a duration from 1s to 300s')
      .and.include('--window-ticks (KISCALER_WINDOW_TICKS): must be an integer from 16 to 512')
      .and.include('--listen (KISCALER_LISTEN): must be HOST:PORT');
  });

  it('are refused under a name that nobody reads, as a misspelt one would be lost', () => {
    expect(problems({}, { KISCALER_TIK: '5s' })[0]).to.match(/^KISCALER_TIK: is no setting/);
  });

  it('are not mixed up with what Kubernetes puts into a pod for a Service', () => {
    const injected = {
      KISCALER_SERVICE_HOST: '10.0.0.1',
      KISCALER_SERVICE_PORT: '9090',
      KISCALER_SERVICE_PORT_GRPC: '9090',
      KISCALER_PORT: 'tcp://10.0.0.1:9090',
      KISCALER_PORT_9090_TCP: 'tcp://10.0.0.1:9090',
      KISCALER_PORT_9090_TCP_ADDR: '10.0.0.1',
      KISCALER_METRICS_SERVICE_HOST: '10.0.0.2',
      KISCALER_METRICS_PORT_9091_TCP_PROTO: 'tcp',
    };
    expect(problems({}, injected)).to.deep.equal([]);
  });

  it('name backends by NAME=URL and refuse what is no plain http address', () => {
    expect([...parseBackends('http://a:9090')]).to.deep.equal([['default', 'http://a:9090']]);
    expect([...parseBackends('default=http://a, far=https://b/prom')]).to.deep.equal([
      ['default', 'http://a'],
      ['far', 'https://b/prom'],
    ]);
    for (const url of ['', 'a:9090', 'file:///etc', 'http://user:hunter2@a', 'far=ftp://b']) {
      const found = problems({ 'prometheus-url': url });
      expect(found, url).to.have.length(1);
      expect(found[0]).not.to.include('hunter2');
    }
  });

  it('read addresses with names and with both kinds of numbers', () => {
    expect(parseAddress('0.0.0.0:9090')).to.deep.equal({ host: '0.0.0.0', port: 9090 });
    expect(parseAddress('[::]:0')).to.deep.equal({ host: '::', port: 0 });
    for (const text of ['', ':1', 'a', 'a:', 'a:70000', 'a:1x', '::1:9', 'a b:1']) {
      expect(parseAddress(text), text).to.equal(undefined);
    }
  });

  it('read lists of names', () => {
    expect([...parseNames('')]).to.deep.equal([]);
    expect([...parseNames('team-a, team-b,,')]).to.deep.equal(['team-a', 'team-b']);
  });

  it('never throw, and never let a number out of its range through', () => {
    const flags = fc.dictionary(fc.constantFrom(...SETTINGS.map(({ flag }) => flag)), fc.string());
    fc.assert(
      fc.property(flags, (given) => {
        const result = parseServeConfig(given, {});
        if (!result.ok) {
          expect(result.error).to.have.length.above(0);
          return;
        }
        for (const { key, range } of SETTINGS) {
          if (range) expect(result.value[key]).to.be.within(range[0], range[1]);
        }
      }),
    );
  });

  it('each have a flag, a variable and a sentence in the help', () => {
    const help = serveCommand().helpInformation().replaceAll(/\s+/g, ' ');
    for (const { flag, env, doc } of SETTINGS) {
      expect(help).to.include(`--${flag} <value>`).and.include(`environment: ${env}`);
      expect(doc, flag).to.have.length.above(5);
    }
  });
});
