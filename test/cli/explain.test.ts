import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import type { CommanderError } from 'commander';
import { explainCommand } from '../../src/cli/commands/explain.js';
import { explainLive, readWorkloads } from '../../src/cli/explain/explain-live.js';
import { explainTick, explainWindow } from '../../src/cli/explain/explain-scenario.js';
import { listCases } from '../../src/cli/simulate/cases.js';
import type { Explanation } from '../../src/decision/explain-decision.js';
import { GUARDS } from '../../src/decision/guards.js';
import type { SignalName } from '../../src/decision/signal.js';
import type { Window } from '../../src/decision/window.js';
import type { Workload } from '../../src/decision/workload.js';
import { createPlanner } from '../../src/policies/planner.js';
import { createServedPolicies } from '../../src/policies/registry.js';
import { runScenario } from '../../src/scenarios/run-scenario.js';
import { PART, unionOf } from '../../src/signals/promql.js';
import { buildQueries } from '../../src/signals/queries.js';
import { FakePrometheus, sendJson } from '../support/fake-prometheus.js';
import { runKiscaler } from '../support/kiscaler-process.js';
import { buildWindow, buildWorkload, withGap } from '../support/windows.js';

const policies = createServedPolicies();

/** What a command line is refused with. */
async function refusalOf(...args: string[]): Promise<{ readonly exitCode: number; readonly message: string }> {
  const command = explainCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  return command.parseAsync(args, { from: 'user' }).then(
    () => ({ exitCode: 0, message: '' }),
    ({ exitCode, message }: CommanderError) => ({ exitCode, message }),
  );
}

/** Answers the queries of a workload, alone or together, with the samples of a window, its newest one at whatever time is asked for. */
function showWindow(prometheus: FakePrometheus, workload: Workload, window: Window): void {
  const interval = window.grid.interval;
  const queries = Object.entries(buildQueries({ workload, deployment: 'chat', interval })) as [SignalName, string][];
  prometheus.reply = async ({ pathname, searchParams }, response, request) => {
    const asked = request.method === 'POST' ? new URLSearchParams(await text(request)) : searchParams;
    const end = Number(asked.get('end') ?? asked.get('time'));
    const isRange = pathname.endsWith('query_range');
    const seriesOf = (name: SignalName, metric: object): readonly object[] => {
      const samples = window.series[name];
      const values = [...samples].map(
        (value, i) => [end - (samples.length - 1 - i) * interval, String(value)] as const,
      );
      const legal = values.filter(([, value]) => value !== 'NaN');
      if (legal.length === 0) return [];
      return [isRange ? { metric, values: legal } : { metric, value: legal.at(-1) }];
    };
    const query = asked.get('query') ?? '';
    const result = queries.flatMap(([name, own]) => {
      if (query === own) return seriesOf(name, {});
      return query.includes(unionOf(new Map([[name, own]]))) ? seriesOf(name, { [PART]: name }) : [];
    });
    sendJson(response, { status: 'success', data: { resultType: isRange ? 'matrix' : 'vector', result } });
  };
}

describe('kiscaler explain', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kiscaler-explain-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const write = (name: string, ...triggers: string[]): string => {
    const file = join(folder, name);
    const head = 'apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: { name: chat, namespace: team-a }';
    const lines = triggers.map((trigger) => `    - ${trigger}\n`).join('');
    writeFileSync(file, `${head}\nspec:\n  scaleTargetRef: { name: chat }\n  triggers:\n${lines}`);
    return file;
  };
  const external = (keys = ''): string =>
    `{ type: external, metadata: { scalerAddress: "x:9090", engine: vllm, slo: 2s, target: chat${keys} } }`;

  describe('of a scenario', () => {
    const caseOf = async (policy: string) => {
      const [one] = await listCases('spike', { policy: [policy], guards: true }, async () => undefined);
      if (!one) throw new Error('no case');
      return one;
    };

    it('tells the decision that the scenario came to at that tick', async () => {
      const one = await caseOf('planner');
      const decided = new Map<number, unknown>();
      await runScenario({ ...one, guards: true, onTick: ({ tick, answer }) => void decided.set(tick, answer.outcome) });
      const { tick, replicas, sentence, corrections } = await explainTick(one, 614, []);
      expect(tick).to.equal(600);
      expect(decided.get(tick)).to.deep.include({ kind: 'decision', replicas, sentence, corrections });
    });

    it('lets a law decide as it is run, without our guards, and keeps it out of its own rivals', async () => {
      const told = await explainTick(await caseOf('hpa'), 300, [...policies.values()]);
      expect(told).to.include({ policy: 'hpa', source: 'policy' });
      expect(told.corrections).to.deep.equal([]);
      const rivals = told.rivals.map(({ policy }) => policy);
      expect(rivals).to.have.members([...policies.keys()].filter((name) => name !== 'hpa'));
    });

    it('prints every line of it for people', async () => {
      const { code, stdout } = await runKiscaler(['explain', 'spike', '--at', '5m', '--policy', 'planner']);
      const { sentence, rivals } = await explainTick(await caseOf('planner'), 300, [...policies.values()]);
      expect(code).to.equal(0);
      expect(stdout).to.match(/^tick 300 s\ndecision .*\nproposal .*\nguards .*\nnearest .*\nrivals .*\n$/);
      expect(stdout).to.include(sentence);
      for (const { policy } of rivals) expect(stdout).to.include(policy);
    });
  });

  describe('of a live workload', () => {
    let prometheus: FakePrometheus;
    beforeEach(async () => {
      prometheus = await FakePrometheus.start();
    });
    afterEach(() => prometheus.close());
    const explain = (workload: Workload): Promise<Explanation> =>
      explainLive(workload, { prometheusUrl: prometheus.url }, policies);

    it('tells what is decided on the window that is read, under any backend name', async () => {
      const workload = buildWorkload({ backend: 'elsewhere' });
      const window = buildWindow({ queueDepth: [0, 20, 41], completionRate: 7 });
      showWindow(prometheus, workload, window);
      const told = await explain(workload);
      const others = [...policies.values()];
      const wanted = await explainWindow({ workload, window, policy: createPlanner(), others, guards: GUARDS });
      expect(told).to.deep.equal({ ...wanted, tick: told.tick });
      expect(told.sentence).to.include('queue 41');
      expect(told.tick % 15).to.equal(0);
    });

    it('lets the law decide that the trigger names, also one that no server runs beside the others', async () => {
      const workload = buildWorkload({ policy: 'static-5' });
      showWindow(prometheus, workload, buildWindow());
      expect(await explain(workload)).to.include({ policy: 'static-5', source: 'policy', replicas: 5 });
    });

    it('says why the planner answers where there is no model', async () => {
      const workload = buildWorkload({ policy: 'learned' });
      showWindow(prometheus, workload, buildWindow());
      expect(await explain(workload)).to.include({ source: 'planner', because: 'KIS_MODEL_MISSING' });
    });

    it('shows the bearer token to Prometheus and to nobody else', async () => {
      const token = join(folder, 'token');
      writeFileSync(token, 'let-me-in\n');
      let shown: string | undefined;
      prometheus.reply = (_, response, { headers }) => {
        shown = headers.authorization;
        sendJson(response, {}, 401);
      };
      const options = ['--prometheus-url', prometheus.url, '--prometheus-token-file', token];
      const { exitCode, message } = await refusalOf(write('token.yaml', external()), ...options);
      expect(shown).to.equal('Bearer let-me-in');
      expect([exitCode, message.includes('let-me-in')]).to.deep.equal([2, false]);
    });

    it('names the workload and the signals without which nothing is decided', async () => {
      const window = withGap(buildWindow(), 64, ['queueDepth', 'specReplicas']);
      showWindow(prometheus, buildWorkload(), window);
      const { exitCode, message } = await refusalOf(write('a.yaml', external()), '--prometheus-url', prometheus.url);
      expect(exitCode).to.equal(2);
      expect(message).to.match(/team-a\/chat: nothing is decided \(KIS_METRICS_EMPTY: .*queueDepth.*specReplicas/);
    });

    it('reads every trigger that asks for a decision, with its own keys', () => {
      const file = write('two.yaml', external(', missPrice: "10"'), '{ type: cron, metadata: {} }', external());
      expect(readWorkloads(file, 'kpa').map(({ missPrice, policy }) => [missPrice, policy])).to.deep.equal([
        [10, 'kpa'],
        [30, 'kpa'],
      ]);
    });

    it('reads what a trigger asks for through the HTTP door', () => {
      const url = 'http://kiscaler:9092/v1/decisions/team-b/other?engine=vllm&slo=500ms&target=chat';
      const file = write('door.yaml', `{ type: metrics-api, metadata: { url: "${url}" } }`);
      const [workload] = readWorkloads(file, undefined);
      expect(workload).to.deep.include({ namespace: 'team-b', name: 'other', slo: { metric: 'ttft', limit: 0.5 } });
      const twice = write('twice.yaml', `{ type: metrics-api, metadata: { url: "${url}&slo=2s" } }`);
      expect(() => readWorkloads(twice, undefined)).to.throw(/metadata.url: query: each key once/);
    });
  });

  it('ends with 2 and says which field is wrong and what is allowed', async () => {
    const good = write('good.yaml', external());
    const url = ['--prometheus-url', 'http://127.0.0.1:9'];
    const table: [args: readonly string[], wanted: RegExp][] = [
      [['spike'], /--at: must be a time within the scenario, like 600s or 25m/],
      [['spike', '--at', '-5s'], /--at: must be a time .*found -5s/],
      [['spike', '--at', '14s'], /--at: must be from 15s to 1800s, .*found 14s/],
      [['spike', '--at', '1801s'], /--at: must be from 15s to 1800s, .*found 1801s/],
      [['spike', '--at', '5m', '--policy', 'nope'], /policy nope: there are learned, qplan, planner/],
      [['spike', '--at', '5m', '--seed', '-1'], /--seed.*must be a whole number from 0/],
      [['spike', '--at', '5m', '--tick', '5s'], /--tick: must be absent without --prometheus-url/],
      [['no-such', '--at', '5m'], /no-such: no such file, and no scenario of that name/],
      [[good, ...url, '--at', '5m'], /--at and --seed: must be absent with --prometheus-url/],
      [[good, ...url, '--tick', '0s'], /--tick.*must be a duration from 1s to 300s/],
      [[good, ...url, '--policy', 'nope'], /^error: --policy: must be one of learned, qplan, planner, .*static-N$/],
      [
        [good, ...url],
        /--prometheus-url: nothing could be read \(KIS_METRICS_DOWN: the metrics backend does not answer\)/,
      ],
      [[good, '--prometheus-url', 'localhost:9090'], /--prometheus-url.*must be an http or https URL/],
      [[good, '--prometheus-url', 'http://me:secret@x'], /--prometheus-url.*without credentials/],
      [[join(folder, 'none.yaml'), ...url], /none\.yaml: ENOENT/],
      [[write('cron.yaml', '{ type: cron, metadata: {} }'), ...url], /cron\.yaml: no trigger of type external/],
      [
        [write('bad.yaml', external(', missPrice: "0"')), ...url],
        /metadata\.missPrice: must be number from 1 to 1000$/,
      ],
      [[write('law.yaml', external(', policy: nope')), ...url], /law\.yaml: metadata\.policy: must be one of learned/],
    ];
    for (const [args, wanted] of table) {
      const { exitCode, message } = await refusalOf(...args);
      expect(message, args.join(' ')).to.match(wanted);
      expect(exitCode === 2 || /option '/.test(message), `${args.join(' ')}: ${exitCode}`).to.equal(true);
    }
  });
});
