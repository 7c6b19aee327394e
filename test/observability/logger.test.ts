import { expect } from 'chai';
import { createLogger, errorField, LOG_FIELDS } from '../../src/observability/logger.js';

describe('logger', () => {
  let lines: Record<string, unknown>[];
  const destination = { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) };
  beforeEach(() => {
    lines = [];
  });

  it('writes JSON lines with level, time and text', () => {
    createLogger('info', destination).info({ namespace: 'team-a', replicas: 3 }, 'decided');
    expect(lines[0]).to.include({ level: 'info', msg: 'decided', namespace: 'team-a', replicas: 3 });
    expect(lines[0]?.['time']).to.be.a('number');
  });

  it('T15: drops every field that is not on the list', () => {
    const fields = { scalerMetadata: { passwordFromEnv: 'hunter2' }, token: 'hunter2', ref: 'hunter2', name: 'chat' };
    createLogger('debug', destination).error(fields, 'failed');
    expect(JSON.stringify(lines)).not.to.include('hunter2');
    expect(lines[0]).to.include({ name: 'chat' });
  });

  it('T5: keeps a line a line, whatever a field holds', () => {
    const name = 'a\nb\u0000"}\u202e';
    createLogger('info', destination).info({ name }, 'x');
    expect(lines).to.have.length(1);
    expect(lines[0]?.['name']).to.equal(name);
  });

  it('is silent below its level', () => {
    const log = createLogger('warn', destination);
    log.info({}, 'no');
    log.warn({}, 'yes');
    expect(lines.map(({ msg }) => msg)).to.deep.equal(['yes']);
  });

  it('has no field for metadata', () => {
    for (const field of LOG_FIELDS) expect(field).not.to.match(/metadata|token|secret|password|value|ref/i);
  });

  it('writes an error as its name and message, without stack or cause', () => {
    const error = new TypeError('boom', { cause: new Error('hunter2') });
    expect(errorField(error)).to.equal('TypeError: boom');
    expect(errorField('text')).to.equal('text');
  });
});
