import { Command } from '@commander-js/extra-typings';
import type { ScaledObject } from '../../autoscaling/scaled-object.js';
import { createSystemClock } from '../../base/clock.js';
import { DEFAULT_GRID, tickAt } from '../../decision/window.js';
import type { Workload } from '../../decision/workload.js';
import type { Finding } from '../../doctor/finding.js';
import { checkScaledObject } from '../../doctor/scaled-object.js';
import { checkWindow } from '../../doctor/window-check.js';
import { parseMetadata } from '../../scaler/metadata.js';
import { PrometheusClient } from '../../signals/prometheus-client.js';
import { PrometheusSource } from '../../signals/prometheus-source.js';
import { LOCAL_CONTEXT } from '../metadata-context.js';
import { readScaledObjects } from '../scaled-object-file.js';

/** `kiscaler doctor`: what KEDA, the HPA and the scaler would make of a ScaledObject. Ends with 1 when there are errors. */
export function doctorCommand() {
  return new Command('doctor')
    .description('Check the ScaledObjects of a manifest, and with --prometheus-url whether their signals are there.')
    .argument('<file>', 'YAML with one or more ScaledObjects')
    .option('--prometheus-url <url>', 'also read each workload from this Prometheus')
    .option('--json', 'print the findings as JSON')
    .action(async (file, { prometheusUrl, json }, command) => {
      const objects = readScaledObjects(file);
      if (typeof objects === 'string') {
        command.error(`error: ${file}: ${objects}`, { exitCode: 2 });
        return;
      }
      const findings = (await Promise.all(objects.map((object) => examine(object, prometheusUrl)))).flat();
      process.stdout.write(json ? `${JSON.stringify(findings, undefined, 2)}\n` : render(findings));
      if (findings.some(({ severity }) => severity === 'error')) process.exitCode = 1;
    });
}

async function examine(object: ScaledObject, prometheusUrl: string | undefined): Promise<readonly Finding[]> {
  const findings: Finding[] = [...checkScaledObject(object)];
  for (const [index, trigger] of object.spec.triggers.entries()) {
    if (trigger.type !== 'external' && trigger.type !== 'external-push') continue;
    const field = `spec.triggers[${index}].metadata`;
    const { name, namespace = 'default' } = object.metadata;
    const parsed = parseMetadata({ name, namespace, scalerMetadata: trigger.metadata }, LOCAL_CONTEXT);
    if (!parsed.ok) {
      findings.push(
        ...parsed.error.map(
          ({ key, allowed }): Finding => ({
            severity: 'error',
            field: `${field}.${key}`,
            message: `must be ${allowed}`,
          }),
        ),
      );
      continue;
    }
    findings.push(
      ...parsed.value.unknownKeys.map(
        (key): Finding => ({ severity: 'warning', field: `${field}.${key}`, message: 'nobody reads this key' }),
      ),
    );
    if (prometheusUrl !== undefined) findings.push(...(await examineSignals(parsed.value.workload, prometheusUrl)));
  }
  return findings;
}

async function examineSignals(workload: Workload, baseUrl: string): Promise<readonly Finding[]> {
  const clock = createSystemClock();
  const client = new PrometheusClient({ baseUrl, clock });
  const source = new PrometheusSource({ clients: new Map([[workload.backend, client]]), grid: DEFAULT_GRID });
  const read = await source.read(workload, tickAt(clock.now(), DEFAULT_GRID.interval));
  client.close();
  if (read.ok) return checkWindow(read.value);
  return [
    {
      severity: 'error',
      field: 'prometheus',
      message: `nothing could be read (${read.error[0]?.code ?? 'no answer'})`,
    },
  ];
}

function render(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'nothing to say: this ScaledObject lets the fleet follow the decision\n';
  const lines = findings.map(
    ({ severity, field, message, fix }) =>
      `${severity.padEnd(7)} ${field}: ${message}${fix ? `\n        -> ${fix}` : ''}`,
  );
  return `${lines.join('\n')}\n`;
}
