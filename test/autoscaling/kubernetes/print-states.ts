import { HISTORIES, playRecorded } from './states.js';

for (let seed = 0; seed < HISTORIES; seed++) {
  let isNew = true;
  const lines: string[] = [];
  playRecorded(seed, (world) => {
    const metrics = world.metrics.map((metric) =>
      metric.type === 'External' || metric.usage === undefined
        ? metric
        : { ...metric, usage: [...metric.usage].map(([name, sample]) => ({ name, ...sample })) },
    );
    const behavior = world.behavior === 'none' ? undefined : world.behavior;
    lines.push(JSON.stringify({ ...world, metrics, behavior, isNew }));
    isNew = false;
  });
  process.stdout.write(`${lines.join('\n')}\n`);
}
