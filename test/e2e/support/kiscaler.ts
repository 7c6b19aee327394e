import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Decision } from '../../../src/decision/decision.js';
import { freePorts } from '../../support/free-port.js';
import { ROOT } from './folders.js';
import type { ManagedProcess } from './processes.js';
import type { Scene } from './scene.js';
import { STUB_TOKEN } from './stub-scaler.js';

export interface KiscalerOptions {
  /** Seconds between decisions, at least the scrape interval of the bed. */
  readonly tick: number;
  /** Ticks that a window is long; default 32. */
  readonly windowTicks?: number;
  /** A shadow file's text. */
  readonly shadows?: object;
  /** Default: the bed's. */
  readonly prometheusUrl?: string;
  /** Where it listens for KEDA: an address of loopback, default 127.0.0.1, and a port, default a free one. */
  readonly host?: string;
  readonly port?: number;
  /** The project's folder, built; default: this one. */
  readonly root?: string;
}

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string | undefined>>;
  readonly value: number;
}

/** A decision as the second door tells it; `tick` in Unix seconds. */
export type DoorDecision = Pick<Decision, 'tick' | 'source' | 'sentence'> & { readonly value: number };

/** `kiscaler serve` as users run it, in a process of its own, with every door open on loopback. */
export class Kiscaler {
  readonly address: string;
  readonly process: ManagedProcess;
  readonly metricsUrl: string;
  readonly #doorUrl: string;

  private constructor(process: ManagedProcess, address: string, [metrics, door]: readonly number[]) {
    this.process = process;
    this.address = address;
    this.metricsUrl = `http://127.0.0.1:${metrics}/metrics`;
    this.#doorUrl = `http://127.0.0.1:${door}/v1/decisions`;
  }

  static async open(scene: Scene, options: KiscalerOptions): Promise<Kiscaler> {
    const {
      tick,
      shadows,
      windowTicks = 32,
      prometheusUrl = scene.bed.prometheusUrl,
      host = '127.0.0.1',
      root = ROOT,
    } = options;
    const [free, metrics, door] = (await freePorts(3)) as [number, number, number];
    const address = `${host}:${options.port ?? free}`;
    const name = `${scene.namespace}-${host.split('.').at(-1)}`;
    const file = (what: string): string => join(scene.bed.folder, 'targets', `${name}-${what}`);
    writeFileSync(file('token'), STUB_TOKEN);
    if (shadows) writeFileSync(file('shadows.yaml'), JSON.stringify(shadows));
    const settings: Readonly<Record<string, string>> = {
      listen: address,
      'metrics-listen': `127.0.0.1:${metrics}`,
      'decisions-listen': `127.0.0.1:${door}`,
      'decisions-token-file': file('token'),
      'prometheus-url': prometheusUrl,
      tick: `${tick}s`,
      lag: `${tick}s`,
      'window-ticks': String(windowTicks),
      'drain-delay': '1s',
      ...(shadows ? { 'shadow-file': file('shadows.yaml') } : {}),
    };
    const process = await scene.bed.processes.start({
      name: `kiscaler-${name}`,
      command: globalThis.process.execPath,
      args: [
        join(root, 'dist/cli/main.js'),
        'serve',
        ...Object.entries(settings).flatMap(([key, value]) => [`--${key}`, value]),
      ],
      isReady: async () => (await fetch(`http://127.0.0.1:${metrics}/readyz`)).ok,
    });
    scene.after(() => process.stop());
    return new Kiscaler(process, address, [metrics, door]);
  }

  /** URL of the second door for a workload, with the keys of a trigger. */
  decisionUrl(namespace: string, name: string, keys: Readonly<Record<string, string>>): string {
    return `${this.#doorUrl}/${namespace}/${name}?${new URLSearchParams(keys)}`;
  }

  /** The newest decided count over HTTP; undefined where there is none. */
  async decide(...workload: Parameters<Kiscaler['decision']>): Promise<number | undefined> {
    return (await this.decision(...workload))?.value;
  }

  /** The newest decision over HTTP; undefined where there is none. */
  async decision(
    namespace: string,
    name: string,
    keys: Readonly<Record<string, string>>,
  ): Promise<DoorDecision | undefined> {
    const headers = { authorization: `Bearer ${STUB_TOKEN}` };
    const response = await fetch(this.decisionUrl(namespace, name, keys), { headers });
    return response.ok ? ((await response.json()) as DoorDecision) : undefined;
  }

  /** The value of one of its own metrics for a workload, or undefined where there is no such series. */
  async metric(name: string, scaledObject: string): Promise<number | undefined> {
    return (await this.samples(name)).find(({ labels }) => labels.scaled_object === scaledObject)?.value;
  }

  /** Every sample of its own metrics under these names, suffixes of histograms included. */
  async samples(...names: readonly string[]): Promise<readonly Sample[]> {
    const text = await (await fetch(this.metricsUrl)).text();
    const lines = text.matchAll(/^([a-z_]+)\{(.*)\} (\S+)$/gm);
    return [...lines].flatMap(([, name = '', pairs = '', value]) => {
      if (!names.includes(name)) return [];
      const labels = Object.fromEntries([...pairs.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, text]) => [key, text]));
      return [{ name, labels, value: Number(value) }];
    });
  }
}
