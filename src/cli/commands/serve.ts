import { Command } from '@commander-js/extra-typings';
import { createLogger, errorField } from '../../observability/logger.js';
import { serve } from '../serve/serve.js';
import { Shutdown } from '../serve/shutdown.js';
import { ConfigError, parseServeConfig, SETTINGS, type Setting } from '../serve-config.js';

const EXIT_CONFIG = 78;

/**
 * `kiscaler serve`: the external scaler. Prints one JSON line with its ports when it serves; everything else goes to the log
 * on stderr. Exit codes: 0 drained after a signal, 1 failed, 78 wrong configuration, with every problem listed.
 */
export function serveCommand() {
  const command = new Command('serve')
    .description("Serve KEDA's external scaler over gRPC.")
    .option('--print-config', 'print the configuration that would be used, and end');
  for (const setting of SETTINGS) command.option(`--${setting.flag} <value>`, describeSetting(setting));
  return command.action(async (_, self) => {
    const options: Readonly<Record<string, unknown>> = self.opts();
    const config = parseServeConfig(toFlags(options), process.env);
    if (!config.ok) return endWith(config.error);
    if (options['printConfig']) {
      process.stdout.write(`${JSON.stringify(config.value, undefined, 2)}\n`);
      return;
    }
    const log = createLogger(config.value.logLevel);
    const shutdown = new Shutdown(log);
    try {
      process.stdout.write(`${JSON.stringify(await serve(config.value, log, shutdown))}\n`);
    } catch (cause) {
      if (cause instanceof ConfigError) endWith(cause.problems);
      log.error({ error: errorField(cause) }, 'cannot serve');
      await shutdown.end('start', 1);
    }
  });
}

function endWith(problems: readonly string[]): never {
  process.stderr.write(`${problems.map((problem) => `kiscaler: ${problem}`).join('\n')}\n`);
  process.exit(EXIT_CONFIG);
}

function describeSetting({ doc, default: fallback, env }: Setting): string {
  return `${doc} (${fallback === '' ? '' : `default: ${fallback}, `}environment: ${env})`;
}

/** Commander answers camel case; settings are known by their flag. */
function toFlags(options: Readonly<Record<string, unknown>>): Record<string, string | undefined> {
  const camel = (flag: string): string => flag.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(SETTINGS.map(({ flag }) => [flag, options[camel(flag)] as string | undefined]));
}
