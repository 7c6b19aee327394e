import { Command } from '@commander-js/extra-typings';
import Table from 'cli-table3';
import { FORECAST_SIZE, LEVELS } from '../../decision/forecast.js';
import { compareForecasters, type ForecastComparison } from '../../training/forecaster/compare-forecasters.js';
import { openWorld } from '../../training/worlds/world.js';
import { integer, price, wholeNumber } from '../option-parsers.js';
import { isUsersError } from '../simulate/usage-error.js';
import { readModelFile } from '../train/model-files.js';
import { createTrainingBar } from '../train/progress.js';

const EXIT_USAGE = 2;
/** Rows that the network is given at a time. */
const ROWS = 1024;

const NOTES = `
loss: mean pinball loss over levels and horizons, in log2 of a load; added: by how much it is below that of the naive forecast; MASE: error of
the short horizon's median over that of the load staying as it is; coverage: share of peaks within a level, short / long horizon.`;

/** `kiscaler forecast`: what each forecaster is worth. */
export function forecastCommand() {
  return new Command('forecast')
    .description('Let forecasters learn from the same simulated episodes, and print what each is worth on others.')
    .option(
      '--episodes <n>',
      'episodes drawn, at least 6: two in three are learnt from',
      (text) => integer(text, 100_000, 6),
      240,
    )
    .option('--seed <n>', 'seed of every random stream', wholeNumber, 1)
    .option('--price <n>', 'of a miss, which qplan is told', price, 30)
    .option('--data <folder>', 'with the recordings of the train split; default: synthetic traffic alone')
    .option('--network <file>', 'a model whose quantile network is compared; default: one learns like the others')
    .option('--json', 'print one JSON line per forecaster and family')
    .addHelpText('after', NOTES)
    .action(async ({ episodes, seed, price, data, network, json }, command) => {
      try {
        const bar = createTrainingBar(100, '%');
        let told = 0;
        const results = await compareForecasters(
          {
            world: openWorld(data),
            seed,
            episodes,
            price,
            ...(network === undefined ? {} : { network: readModelFile(network, ROWS).forecaster }),
          },
          async (share, text) => {
            const percent = Math.floor(100 * share);
            if (percent <= told) return;
            told = percent;
            await bar.at(percent, text);
          },
        );
        bar.stop();
        process.stdout.write(
          json ? results.map((one) => `${JSON.stringify(one)}\n`).join('') : renderComparison(results),
        );
      } catch (error) {
        if (!isUsersError(error)) throw error;
        command.error(`error: ${error.message}`, { exitCode: EXIT_USAGE });
      }
    });
}

/** Levels whose coverage is shown. */
const SHOWN: readonly number[] = [0.5, 0.88, 0.95, 0.995];

function renderComparison(results: readonly ForecastComparison[]): string {
  const table = new Table({
    head: [
      'family',
      'forecaster',
      'samples',
      'loss',
      'added',
      'MASE',
      ...SHOWN.map((level) => `cover ${level}`),
      'cost',
      'misses %',
    ],
    style: { head: [], border: [], compact: true },
  });
  for (const { family, forecaster, count, loss, valueAdded, mase, coverage, cost, missRate } of results) {
    const cover = SHOWN.map((level) => {
      const at = LEVELS.indexOf(level);
      return [at, at + FORECAST_SIZE / 2].map((i) => (coverage[i] as number).toFixed(3)).join(' / ');
    });
    table.push([
      family,
      forecaster,
      String(count),
      loss.toFixed(4),
      `${(100 * valueAdded).toFixed(0)} %`,
      mase.toFixed(2),
      ...cover,
      cost.toFixed(2),
      (100 * missRate).toFixed(2),
    ]);
  }
  return `${table.toString()}\n`;
}
