import { Agent, type IncomingMessage, request } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';

/** Any object of the Kubernetes API, as JSON. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly resourceVersion?: string;
  };
}

export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

/** How the API server is reached: PEM texts of a client certificate, or none where a proxy is in between. */
export interface KubeAccess {
  readonly server: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** An answer other than 2xx. */
export class KubeError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The few verbs of the Kubernetes API that a test bed needs. Paths are the API's own, from `/api` or `/apis` on. */
export class Kube {
  readonly #access: KubeAccess;
  readonly #agent: Agent | SecureAgent;

  constructor(access: KubeAccess) {
    const { server, ca, cert, key } = access;
    this.#access = access;
    const isSecure = server.startsWith('https:');
    this.#agent = isSecure ? new SecureAgent({ keepAlive: true, ca, cert, key }) : new Agent({ keepAlive: true });
  }

  get<T = KubeObject>(path: string): Promise<T> {
    return this.#json<T>('GET', path);
  }

  async list<T = KubeObject>(path: string): Promise<readonly T[]> {
    return (await this.#json<{ items: readonly T[] }>('GET', path)).items;
  }

  /** Server-side apply: makes the object, or changes the fields that are given. */
  apply<T = KubeObject>(object: KubeObject): Promise<T> {
    const path = `${pathOf(object)}?fieldManager=kiscaler-e2e&force=true`;
    return this.#json<T>('PATCH', path, object, 'application/apply-patch+yaml');
  }

  /** Merge patch: null removes. */
  patch<T = KubeObject>(path: string, change: object): Promise<T> {
    return this.#json<T>('PATCH', path, change, 'application/merge-patch+json');
  }

  /** Sets spec.replicas as `kubectl scale` does, which takes no ownership of the rest. */
  async scale(path: string, replicas: number): Promise<void> {
    await this.patch(`${path}/scale`, { spec: { replicas } });
  }

  async delete(path: string): Promise<void> {
    await this.#json('DELETE', path);
  }

  /** Calls back with everything that is there and every change of it until the signal is aborted; where the server ends a watch, anew. */
  async watch<T = KubeObject>(
    path: string,
    onEvent: (event: WatchEvent<T>) => void,
    signal: AbortSignal,
  ): Promise<void> {
    while (!signal.aborted) await this.#watchOnce(path, onEvent, signal).catch(() => wait(500));
  }

  async #watchOnce<T>(path: string, onEvent: (event: WatchEvent<T>) => void, signal: AbortSignal): Promise<void> {
    const response = await this.#send('GET', path, undefined, undefined, signal);
    try {
      for await (const line of createInterface({ input: response })) onEvent(JSON.parse(line) as WatchEvent<T>);
    } catch (cause) {
      if (!signal.aborted) throw cause;
    }
  }

  async isReady(): Promise<boolean> {
    const response = await this.#send('GET', '/readyz');
    response.resume();
    return response.statusCode === 200;
  }

  close(): void {
    this.#agent.destroy();
  }

  async #json<T>(method: string, path: string, body?: object, type?: string): Promise<T> {
    const response = await this.#send(method, path, body, type);
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk;
    const status = response.statusCode ?? 0;
    if (status >= 300) throw new KubeError(status, `${method} ${path}: ${status} ${messageOf(text)}`);
    return JSON.parse(text) as T;
  }

  #send(method: string, path: string, body?: object, type?: string, signal?: AbortSignal): Promise<IncomingMessage> {
    const { server } = this.#access;
    const send = server.startsWith('https:') ? secureRequest : request;
    const content = body && JSON.stringify(body);
    const headers = content ? { 'content-type': type, 'content-length': Buffer.byteLength(content) } : {};
    return new Promise((resolve, reject) => {
      const options = { method, agent: this.#agent, headers, ...(signal ? { signal } : {}) };
      send(`${server}${path}`, options, resolve).once('error', reject).end(content);
    });
  }
}

/** Plural and scope of every kind that is applied here. */
const KINDS: Readonly<Record<string, readonly [plural: string, isCluster?: boolean]>> = {
  APIService: ['apiservices', true],
  CustomResourceDefinition: ['customresourcedefinitions', true],
  Deployment: ['deployments'],
  Fleet: ['fleets'],
  HorizontalPodAutoscaler: ['horizontalpodautoscalers'],
  Namespace: ['namespaces', true],
  Node: ['nodes', true],
  ScaledJob: ['scaledjobs'],
  ScaledObject: ['scaledobjects'],
  Secret: ['secrets'],
  Service: ['services'],
  TriggerAuthentication: ['triggerauthentications'],
};

/** Where an object lives. @throws RangeError for a kind that is not in the table */
export function pathOf({ apiVersion, kind, metadata }: Omit<KubeObject, 'spec'>): string {
  const row = KINDS[kind];
  if (!row) throw new RangeError(`kind: found ${kind}; known are ${Object.keys(KINDS).join(', ')}`);
  const [plural, isCluster] = row;
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = isCluster ? '' : `/namespaces/${metadata.namespace}`;
  return `${root}${scope}/${plural}/${metadata.name}`;
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message: string }).message;
  } catch {
    return text.slice(0, 200);
  }
}
