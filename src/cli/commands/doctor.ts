import { Command } from '@commander-js/extra-typings';
import type { ScaledObject } from '../../autoscaling/scaled-object.js';
import type { Workload } from '../../decision/workload.js';
import type { Finding } from '../../doctor/finding.js';
import { checkScaledObject } from '../../doctor/scaled-object.js';
import { checkWindow } from '../../doctor/window-check.js';
import { referenceOfTrigger } from '../../scaler/door-path.js';
import { parseMetadata } from '../../scaler/metadata.js';
import { type LiveTelemetry, readLiveWindow } from '../live-window.js';
import { LOCAL_CONTEXT } from '../metadata-context.js';
import { httpUrl, tick } from '../option-parsers.js';
import { readScaledObjects } from '../scaled-object-file.js';

/** `kiscaler doctor`: what KEDA, the HPA and the scaler would make of a ScaledObject. Ends with 1 when there are errors. */
export function doctorCommand() {
  return new Command('doctor')
    .description('Check the ScaledObjects of a manifest, and with --prometheus-url whether their signals are there.')
    .argument('<file>', 'YAML with one or more ScaledObjects')
    .option('--prometheus-url <url>', 'also read each workload from this Prometheus', httpUrl)
    .option('--prometheus-token-file <file>', 'file with the bearer token that it asks for')
    .option('--tick <duration>', "the server's tick, from 1s to 300s (default: 15s)", tick)
    .option('--json', 'print the findings as JSON')
    .action(async (file, { prometheusUrl, json, ...others }, command) => {
      const objects = readScaledObjects(file);
      if (typeof objects === 'string') {
        command.error(`error: ${file}: ${objects}`, { exitCode: 2 });
        return;
      }
      const telemetry = prometheusUrl === undefined ? undefined : { prometheusUrl, ...others };
      const findings = (await Promise.all(objects.map((object) => examine(object, telemetry)))).flat();
      process.stdout.write(json ? `${JSON.stringify(findings, undefined, 2)}\n` : render(findings));
      if (findings.some(({ severity }) => severity === 'error')) process.exitCode = 1;
    });
}

async function examine(object: ScaledObject, telemetry: LiveTelemetry | undefined): Promise<readonly Finding[]> {
  const findings: Finding[] = [...checkScaledObject(object)];
  for (const [index, trigger] of object.spec.triggers.entries()) {
    const asked = referenceOfTrigger(trigger, object.metadata);
    // A query that cannot be read is told with the rest of the object.
    if (!asked?.ok) continue;
    const field = `spec.triggers[${index}].${asked.value.keys}`;
    const parsed = parseMetadata(asked.value.reference, LOCAL_CONTEXT);
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
    if (telemetry) findings.push(...(await examineSignals(parsed.value.workload, telemetry)));
  }
  return findings;
}

async function examineSignals(workload: Workload, telemetry: LiveTelemetry): Promise<readonly Finding[]> {
  const window = await readLiveWindow(workload, telemetry);
  if (window.ok) return checkWindow(window.value);
  return [{ severity: 'error', field: 'prometheus', message: `nothing could be read (${window.error})` }];
}

function render(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'nothing to say: this ScaledObject lets the fleet follow the decision\n';
  const lines = findings.map(
    ({ severity, field, message, fix }) =>
      `${severity.padEnd(7)} ${field}: ${message}${fix ? `\n        -> ${fix}` : ''}`,
  );
  return `${lines.join('\n')}\n`;
}
