import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Decision } from '../decision/decision.js';
import type { Explanation } from '../decision/explain-decision.js';
import type { Workload } from '../decision/workload.js';
import { type CallOptions, runCall } from './call.js';
import type { Decisions, Explanations } from './decision-service.js';
import { DOOR_PATHS, readDoorTarget, readKeys } from './door-path.js';
import { httpStatusOf, ScalerError, toScalerError } from './errors.js';
import type { KeyMaterialFiles } from './key-material.js';
import type { ScaledObjectRef } from './metadata.js';
import type { References } from './references.js';
import { toMetrics } from './rpc/get-metrics.js';

export interface HttpDoorOptions extends CallOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly references: References;
  readonly service: Decisions;
  /** Absent: nothing is explained here. */
  readonly explanations?: Explanations;
  /** The bearer token that is asked for, read for each request; throws where there is none to be read. */
  readonly readToken?: () => string;
  /** Serves TLS, and asks clients for a certificate where there is an authority. */
  readonly tls?: KeyMaterialFiles;
}

export interface HttpDoor {
  readonly port: number;
  close(): Promise<void>;
}

/** A request has a line and some headers; nobody needs longer to say it. */
const REQUEST_LIMIT_MS = 5000;

/**
 * The second door: `GET /v1/decisions/NAMESPACE/NAME?engine=...&slo=...` for KEDA's `metrics-api` trigger, with the keys of a
 * trigger as query parameters. The same parser, memory and decision as over gRPC; read only. It exists because KEDA's fallback
 * covers a dead scaler here and not behind gRPC (keda#8056). `GET /v1/explanations/NAMESPACE/NAME` is for people: the newest
 * decisions under that name, whichever door they were asked for through, explained.
 * @throws RangeError without a token or an authority for clients: nobody could be told from anybody
 */
export async function startHttpDoor(options: HttpDoorOptions): Promise<HttpDoor> {
  if (!options.readToken && !options.tls?.isMutual)
    throw new RangeError('the HTTP door needs a bearer token, or ca.crt in the TLS folder');
  const server = open(options.tls, (request, response) => void handle(options, request, response));
  server.headersTimeout = REQUEST_LIMIT_MS;
  server.requestTimeout = REQUEST_LIMIT_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

function open(tls: KeyMaterialFiles | undefined, listener: RequestListener): Server {
  if (!tls) return createServer(listener);
  const context = () => {
    const { certificate, privateKey, authority } = tls.current;
    return {
      cert: certificate,
      key: privateKey,
      ...(authority ? { ca: authority } : {}),
      minVersion: 'TLSv1.2',
    } as const;
  };
  const server = createSecureServer(
    { ...context(), requestCert: tls.isMutual, rejectUnauthorized: tls.isMutual },
    listener,
  );
  tls.onChange(() => server.setSecureContext(context()));
  return server;
}

async function handle(options: HttpDoorOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.resume();
  if (request.method !== 'GET') return send(response, 405, { code: 'KIS_METHOD', message: 'GET only' });
  const asked = readDoorTarget(request.url ?? '');
  if (!asked) return send(response, 404, { code: 'KIS_PATH', message: `there are ${DOOR_PATHS.join(' and ')}` });
  const { what, namespace, name, searchParams } = asked;
  try {
    const answer = await runCall(what === 'explanations' ? 'HttpExplanation' : 'HttpDecision', options, async () => {
      authenticate(request, options.readToken);
      if (what === 'explanations') return explain(options, namespace, name);
      const keys = readKeys(searchParams);
      if (!keys.ok) throw new ScalerError('KIS_METADATA_INVALID', keys.error);
      return answerFor(options, { namespace, name, scalerMetadata: keys.value });
    });
    if (answer) send(response, 200, answer);
    else send(response, 404, { code: 'KIS_UNKNOWN', message: 'nobody asks for a decision of that name' });
  } catch (cause) {
    const { code, message } = toScalerError(cause);
    send(response, httpStatusOf(code), { code, message });
  }
}

/** Undefined where nothing is known under that name. */
async function explain(
  { explanations }: HttpDoorOptions,
  namespace: string,
  name: string,
): Promise<readonly Explanation[] | undefined> {
  const told = await explanations?.explanationsOf(namespace, name);
  return told && told.length > 0 ? told : undefined;
}

async function answerFor({ references, service }: HttpDoorOptions, ref: ScaledObjectRef): Promise<object> {
  const { key, workload } = references.resolve(ref);
  return describe(workload, await service.decisionFor(key, workload));
}

/** `value` is what the HPA is to divide by 1; the rest is for people. */
function describe(workload: Workload, decision: Decision): object {
  const { replicas, currentReplicas, source, because, tick, sentence } = decision;
  const value = toMetrics(workload, decision).metricValues?.[0]?.metricValueFloat;
  return { value, replicas, currentReplicas, source, because, tick, sentence };
}

/** Compares digests, so that the time it takes says nothing. */
function authenticate({ headers }: IncomingMessage, readToken: (() => string) | undefined): void {
  if (!readToken) return;
  const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const wanted = readToken();
  if (given === undefined || wanted === '' || !timingSafeEqual(digest(given), digest(wanted)))
    throw new ScalerError('KIS_UNAUTHENTICATED');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
