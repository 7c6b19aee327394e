import { readAudit, toSeconds } from './audit.js';

/** One query of the HPA for a metric, from its arrival at the API server until its answer, in Unix seconds. */
export interface HpaQuery {
  readonly from: number;
  readonly to: number;
}

const URI = /\/namespaces\/([^/]+)\/[^?]+\?labelSelector=scaledobject\.keda\.sh%2Fname%3D([^&]+)/;

/** Queries so far in a namespace by ScaledObject, in order. */
export function readHpaQueries(folder: string, namespace: string): ReadonlyMap<string, readonly HpaQuery[]> {
  const queries = new Map<string, HpaQuery[]>();
  for (const { requestURI, requestReceivedTimestamp, stageTimestamp } of readAudit(folder)) {
    const [, space, name] = URI.exec(requestURI) ?? [];
    if (space !== namespace || name === undefined) continue;
    const known = queries.get(name) ?? [];
    known.push({ from: toSeconds(requestReceivedTimestamp), to: toSeconds(stageTimestamp) });
    queries.set(name, known);
  }
  for (const known of queries.values()) known.sort((a, b) => a.to - b.to);
  return queries;
}
