import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../../support/free-port.js';
import { ROOT } from './folders.js';
import type { ManagedProcess } from './processes.js';
import type { Scene } from './scene.js';
import { STUB_TOKEN } from './stub-scaler.js';

export interface KiscalerOptions {
  /** Seconds between decisions; equal to the scrape interval of the bed. */
  readonly tick: number;
  /** A shadow file's text. */
  readonly shadows?: object;
}

const WINDOW_TICKS = 32;

/** `kiscaler serve` as users run it, in a process of its own, with every door open on loopback. */
export class Kiscaler {
  readonly address: string;
  readonly process: ManagedProcess;
  readonly metricsUrl: string;
  readonly #doorUrl: string;

  private constructor(process: ManagedProcess, [grpc, metrics, door]: readonly number[]) {
    this.process = process;
    this.address = `127.0.0.1:${grpc}`;
    this.metricsUrl = `http://127.0.0.1:${metrics}/metrics`;
    this.#doorUrl = `http://127.0.0.1:${door}/v1/decisions`;
  }

  static async open(scene: Scene, { tick, shadows }: KiscalerOptions): Promise<Kiscaler> {
    const ports = await freePorts(3);
    const [grpc, metrics, door] = ports;
    const file = (name: string): string => join(scene.bed.folder, 'targets', `${scene.namespace}-${name}`);
    writeFileSync(file('token'), STUB_TOKEN);
    if (shadows) writeFileSync(file('shadows.yaml'), JSON.stringify(shadows));
    const settings: Readonly<Record<string, string>> = {
      listen: `127.0.0.1:${grpc}`,
      'metrics-listen': `127.0.0.1:${metrics}`,
      'decisions-listen': `127.0.0.1:${door}`,
      'decisions-token-file': file('token'),
      'prometheus-url': scene.bed.prometheusUrl,
      tick: `${tick}s`,
      lag: `${tick}s`,
      'window-ticks': String(WINDOW_TICKS),
      'drain-delay': '1s',
      ...(shadows ? { 'shadow-file': file('shadows.yaml') } : {}),
    };
    const process = await scene.bed.processes.start({
      name: `kiscaler-${scene.namespace}`,
      command: globalThis.process.execPath,
      args: [
        join(ROOT, 'dist/cli/main.js'),
        'serve',
        ...Object.entries(settings).flatMap(([key, value]) => [`--${key}`, value]),
      ],
      isReady: async () => (await fetch(`http://127.0.0.1:${metrics}/readyz`)).ok,
    });
    scene.after(() => process.stop());
    return new Kiscaler(process, ports);
  }

  /** URL of the second door for a workload, with the keys of a trigger. */
  decisionUrl(namespace: string, name: string, keys: Readonly<Record<string, string>>): string {
    return `${this.#doorUrl}/${namespace}/${name}?${new URLSearchParams(keys)}`;
  }

  /** The newest decision over HTTP; undefined where there is none. */
  async decide(namespace: string, name: string, keys: Readonly<Record<string, string>>): Promise<number | undefined> {
    const headers = { authorization: `Bearer ${STUB_TOKEN}` };
    const response = await fetch(this.decisionUrl(namespace, name, keys), { headers });
    return response.ok ? ((await response.json()) as { value: number }).value : undefined;
  }

  /** The value of one of its own metrics for a workload, or undefined where there is no such series. */
  async metric(name: string, scaledObject: string): Promise<number | undefined> {
    const text = await (await fetch(this.metricsUrl)).text();
    const line = new RegExp(`^${name}\\{[^}]*scaled_object="${scaledObject}"[^}]*\\} (\\S+)$`, 'm').exec(text);
    return line ? Number(line[1]) : undefined;
  }
}
