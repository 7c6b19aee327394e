import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What the API server keeps a record of: every question for an external metric, which are the HPA's; who writes the count of a
 * fleet, KEDA or the HPA, and with what answer; and what KEDA notes of failures.
 */
export const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'Metadata', resources: [{ group: 'external.metrics.k8s.io' }] },
    {
      level: 'Request',
      verbs: ['update', 'patch'],
      resources: [
        { group: 'e2e.kiscaler', resources: ['fleets/scale'] },
        { group: 'keda.sh', resources: ['scaledobjects/status'] },
      ],
    },
    { level: 'None' },
  ],
};

export function auditFile(folder: string): string {
  return join(folder, 'audit', 'audit.log');
}

export interface AuditEvent {
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly objectRef?: { readonly resource?: string; readonly namespace?: string; readonly name?: string };
  readonly requestObject?: unknown;
  readonly responseStatus?: { readonly code?: number };
}

/** Events so far, in the order in which they ended. */
export function readAudit(folder: string): readonly AuditEvent[] {
  const lines = readFileSync(auditFile(folder), 'utf8').split('\n');
  // A line that is still being written is after all that anybody asks for.
  return lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line) as AuditEvent);
}

/** Unix seconds of RFC 3339 with microseconds, of which Date would keep milliseconds. */
export function toSeconds(text: string): number {
  const fraction = /\.(\d+)Z$/.exec(text)?.[1] ?? '0';
  return Math.floor(Date.parse(text) / 1000) + Number(`0.${fraction}`);
}
