import { readFileSync } from 'node:fs';
import { status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { REFUSALS } from '../../src/decision/decision.js';
import { ERRORS, type ErrorCode, ScalerError, toServiceError } from '../../src/scaler/errors.js';

const CODES = Object.keys(ERRORS) as ErrorCode[];

/** Status by family of code, as operators are told. */
const FAMILIES: readonly (readonly [RegExp, status])[] = [
  [/^KIS_METADATA_/, status.INVALID_ARGUMENT],
  [/^KIS_TENANT_/, status.PERMISSION_DENIED],
  [/^KIS_UNAUTHENTICATED$/, status.UNAUTHENTICATED],
  [/^KIS_METRICS_/, status.UNAVAILABLE],
  [/^KIS_STARTING$/, status.UNAVAILABLE],
  [/^KIS_OVERLOADED$/, status.RESOURCE_EXHAUSTED],
  [/^KIS_DEADLINE$/, status.DEADLINE_EXCEEDED],
  [/^KIS_BUG$/, status.INTERNAL],
];

describe('error table', () => {
  it('gives every code the status of its family', () => {
    for (const code of CODES) {
      const families = FAMILIES.filter(([pattern]) => pattern.test(code));
      expect(families, code).to.have.length(1);
      expect(ERRORS[code].status, code).to.equal(families[0]?.[1]);
    }
  });

  it('has every refusal that a decision can be', () => {
    expect(CODES).to.include.members(Object.keys(REFUSALS));
  });

  it('calls bad configuration final and everything else worth another try', () => {
    for (const code of CODES) {
      expect(ERRORS[code].isRetryable, code).to.equal(!/^KIS_(METADATA_|TENANT_|UNAUTHENTICATED)/.test(code));
    }
  });

  it('is documented code by code, status by status', () => {
    const page = readFileSync(new URL('../../docs/reference.md', import.meta.url), 'utf8');
    for (const code of CODES) {
      expect(page, code).to.include(`| \`${code}\` | ${status[ERRORS[code].status]} |`);
    }
    const documented = [...page.matchAll(/^\| `(KIS_\w+)` \| [A-Z_]+ \|/gm)].map(([, code]) => code);
    expect(documented).to.have.members(CODES);
  });

  it('sends fixed texts: of what it does not know, it says nothing', () => {
    const secret = new Error('connect http://user:hunter2@10.0.0.1:9090 failed');
    expect(toServiceError(secret)).to.deep.equal({ code: status.INTERNAL, details: `KIS_BUG: ${ERRORS.KIS_BUG.text}` });
    expect(toServiceError(new ScalerError('KIS_METRICS_DOWN', undefined, { cause: secret })).details).not.to.include(
      'hunter2',
    );
    expect(toServiceError(undefined).code).to.equal(status.INTERNAL);
  });
});
