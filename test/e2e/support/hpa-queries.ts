import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The API server keeps a record of every question for an external metric, and of nothing else: those are the HPA's. */
export const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata', resources: [{ group: 'external.metrics.k8s.io' }] }, { level: 'None' }],
};

export function auditFile(folder: string): string {
  return join(folder, 'audit', 'audit.log');
}

/** One query of the HPA for a metric, from its arrival at the API server until its answer, in Unix seconds. */
export interface HpaQuery {
  readonly from: number;
  readonly to: number;
}

interface AuditEvent {
  readonly requestURI: string;
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
}

const URI = /\/namespaces\/([^/]+)\/[^?]+\?labelSelector=scaledobject\.keda\.sh%2Fname%3D([^&]+)/;

/** Queries so far in a namespace by ScaledObject, in order. */
export function readHpaQueries(folder: string, namespace: string): ReadonlyMap<string, readonly HpaQuery[]> {
  const queries = new Map<string, HpaQuery[]>();
  for (const line of readFileSync(auditFile(folder), 'utf8').split('\n')) {
    // A line that is still being written is after all that anybody asks for.
    if (!line.endsWith('}')) continue;
    const { requestURI, requestReceivedTimestamp, stageTimestamp } = JSON.parse(line) as AuditEvent;
    const [, space, name] = URI.exec(requestURI) ?? [];
    if (space !== namespace || name === undefined) continue;
    const known = queries.get(name) ?? [];
    known.push({ from: toSeconds(requestReceivedTimestamp), to: toSeconds(stageTimestamp) });
    queries.set(name, known);
  }
  for (const known of queries.values()) known.sort((a, b) => a.to - b.to);
  return queries;
}

/** RFC 3339 with microseconds, of which Date would keep milliseconds. */
function toSeconds(text: string): number {
  const fraction = /\.(\d+)Z$/.exec(text)?.[1] ?? '0';
  return Math.floor(Date.parse(text) / 1000) + Number(`0.${fraction}`);
}
