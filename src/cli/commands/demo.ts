import { Command } from '@commander-js/extra-typings';
import Table from 'cli-table3';
import { loadReplicaKind } from '../../kisim/replica-kind.js';
import { startPage } from '../../page/server.js';
import { Demo, type DemoResult } from '../demo/demo.js';
import { loadLearned } from '../learned.js';
import { integer, wallTime } from '../option-parsers.js';
import { untilOver } from '../until-over.js';

const PROFILE = 'demo-small';

/** `kiscaler demo`: the whole chain on simulated telemetry, with a page. */
export function demoCommand() {
  return new Command('demo')
    .description('Run a simulated vLLM fleet under the real gRPC scaler, beside two rivals, with a live page.')
    .option('--for <duration>', 'wall time after which it ends, e.g. 30s; absent: until Ctrl-C', wallTime)
    .option('--json', 'no page; print one line of JSON at the end')
    .option('--no-page', 'no page')
    .option('--port <n>', 'port of the page on 127.0.0.1; 0 takes a free one', (text) => integer(text, 65_535), 0)
    .option('--speed <factor>', 'simulated seconds per second', (text) => integer(text, 600), 60)
    .option('--seed <n>', 'seed of traffic and cold starts', (text) => integer(text, 2 ** 31), 1)
    .action(async (options) => {
      const kind = loadReplicaKind(PROFILE);
      if (!kind.ok) throw new Error(kind.error);
      const learned = await loadLearned();
      if (!learned) process.stderr.write('kiscaler: the planner decides in this demo\n');
      const demo = new Demo({ kind: kind.value, learned, speed: Math.max(1, options.speed), seed: options.seed });
      await demo.start();
      const page = options.json || !options.page ? undefined : await startPage(demo, options.port);
      if (page)
        process.stdout.write(`watch it at ${page.url} (simulated telemetry, ${options.speed}x; Ctrl-C ends it)\n`);
      await untilOver(options.for);
      const result = await demo.end();
      await page?.close();
      process.stdout.write(
        options.json ? `${JSON.stringify(toJson(result))}\n` : report(result, kind.value.profile.pricePerHour),
      );
      process.exit(0);
    });
}

function toJson({ decisions, grpcCalls, minReplicasSeen, maxReplicasSeen, sources, fleets }: DemoResult): object {
  const ours = fleets[0]?.statistics;
  return {
    decisions,
    grpcCalls,
    minReplicasSeen,
    maxReplicasSeen,
    replicaHours: (ours?.replicaSeconds ?? 0) / 3600,
    missRate: ours && ours.injected > 0 ? ours.misses / ours.injected : 0,
    p99Seconds: ours?.ttft.p99 ?? null,
    sources,
  };
}

function report({ fleets }: DemoResult, pricePerHour: number): string {
  const table = new Table({
    head: ['fleet', 'replica-hours', 'cost', 'misses', 'p99 TTFT'],
    style: { head: [], border: [] },
  });
  for (const { name, statistics } of fleets) {
    const hours = statistics.replicaSeconds / 3600;
    const missRate = statistics.injected > 0 ? statistics.misses / statistics.injected : 0;
    table.push([
      name,
      hours.toFixed(2),
      `$${(hours * pricePerHour).toFixed(2)}`,
      `${(100 * missRate).toFixed(1)} %`,
      `${statistics.ttft.p99.toFixed(2)} s`,
    ]);
  }
  return `\n${table.toString()}\nnext: node dist/cli/main.js evaluate   (every policy on the same traffic, with intervals)\n`;
}
