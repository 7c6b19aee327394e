import type { CommandUnknownOpts } from '@commander-js/extra-typings';

/** One command: listed by its summary, loaded when it is asked for. */
export interface ListedCommand {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandUnknownOpts>;
}

export const COMMANDS: readonly ListedCommand[] = [
  {
    name: 'demo',
    summary: 'a simulated fleet under the real scaler, with a live page',
    load: async () => (await import('./commands/demo.js')).demoCommand(),
  },
  {
    name: 'serve',
    summary: "serve KEDA's external scaler over gRPC",
    load: async () => (await import('./commands/serve.js')).serveCommand(),
  },
  {
    name: 'simulate',
    summary: 'play a scenario or a trace in the simulator',
    load: async () => {
      const [{ simulateCommand }, { loadLearned }] = await Promise.all([
        import('./commands/simulate.js'),
        import('./learned.js'),
      ]);
      return simulateCommand(loadLearned);
    },
  },
  {
    name: 'live',
    summary: 'serve a simulated fleet to a real Prometheus',
    load: async () => {
      const [{ liveCommand }, { loadLearned }] = await Promise.all([
        import('./commands/live.js'),
        import('./learned.js'),
      ]);
      return liveCommand(loadLearned);
    },
  },
  {
    name: 'profiles',
    summary: 'GPU x model profiles, with the source of every number',
    load: async () => (await import('./commands/profiles.js')).profilesCommand(),
  },
  {
    name: 'doctor',
    summary: 'check a ScaledObject, and whether its signals are there',
    load: async () => (await import('./commands/doctor.js')).doctorCommand(),
  },
  {
    name: 'explain',
    summary: 'explain one decision, of a scenario or of a live workload',
    load: async () => {
      const [{ explainCommand }, { loadLearned }] = await Promise.all([
        import('./commands/explain.js'),
        import('./learned.js'),
      ]);
      return explainCommand(loadLearned);
    },
  },
  {
    name: 'train',
    summary: 'train the policy by PPO in the simulator',
    load: async () => (await import('./commands/train.js')).trainCommand(),
  },
  {
    name: 'forecast',
    summary: 'what forecasters are worth, by traffic family',
    load: async () => (await import('./commands/forecast.js')).forecastCommand(),
  },
  {
    name: 'evaluate',
    summary: 'play policies against each other and print a scoreboard',
    load: async () => {
      const [{ evaluateCommand }, { loadLearned }] = await Promise.all([
        import('./commands/evaluate.js'),
        import('./learned.js'),
      ]);
      return evaluateCommand(loadLearned);
    },
  },
  {
    name: 'stress',
    summary: 'play policies where the world is otherwise than they were made for',
    load: async () => {
      const [{ stressCommand }, { loadLearned }] = await Promise.all([
        import('./commands/stress.js'),
        import('./learned.js'),
      ]);
      return stressCommand(loadLearned);
    },
  },
  {
    name: 'tune',
    summary: 'sweep the settings of laws on training traffic',
    load: async () => (await import('./commands/tune.js')).tuneCommand(),
  },
  {
    name: 'options',
    summary: "print the trigger's options as Markdown, or keep a page's table true",
    load: async () => (await import('./commands/options.js')).optionsCommand(),
  },
  {
    name: 'reference',
    summary: 'print signals, observation, actions and guards as Markdown',
    load: async () => (await import('./commands/reference.js')).referenceCommand(),
  },
];
