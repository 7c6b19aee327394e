import { readFileSync, writeFileSync } from 'node:fs';
import { type EvaluationRow, ROW_KEYS } from '../../evaluation/row.js';
import { computeScoreboard, type Score } from '../../evaluation/scoreboard.js';
import type { ModelCard } from '../../policies/onnx/model-card.js';
import { QPLAN } from '../../policies/qplan.js';
import { UsageError } from '../simulate/usage-error.js';
import { cardOf, readCard } from './model-files.js';

/**
 * Puts the table of an `evaluate --json` file on the card of a model, in place of the one that was there.
 * Throws UsageError where either file is something else, or as `fs` does.
 */
export function writeScoreboard(model: string, rowsFile: string): void {
  const card = readCard(model);
  const rows = readRows(rowsFile);
  const scoreboard = computeScoreboard(rows, QPLAN).map(toLine);
  writeFileSync(cardOf(model), `${JSON.stringify({ ...card, scoreboard }, undefined, 1)}\n`);
  process.stdout.write(`wrote ${scoreboard.length} lines on ${cardOf(model)}\n`);
}

function toLine({
  policy,
  price,
  runs,
  cost,
  missRate,
  changesPerHour,
  against,
}: Score): ModelCard['scoreboard'][number] {
  return {
    policy,
    price,
    runs,
    cost: short(cost.estimate),
    costLow: short(cost.low),
    costHigh: short(cost.high),
    missRate: short(missRate.estimate),
    missRateLow: short(missRate.low),
    missRateHigh: short(missRate.high),
    changesPerHour: short(changesPerHour),
    ...(against ? { [`against ${QPLAN}`]: `${against.win} / ${against.tie} / ${against.loss}` } : {}),
  };
}

const short = (value: number): number => Number(value.toFixed(4));

function readRows(path: string): readonly EvaluationRow[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  const rows = lines.flatMap((line, i) => (line === '' ? [] : [readRow(line, `${path}: line ${i + 1}`)]));
  if (rows.length === 0) throw new UsageError(`${path}: must have rows of evaluate --json, found none`);
  return rows;
}

function readRow(line: string, where: string): EvaluationRow {
  try {
    const row = JSON.parse(line) as Record<string, unknown>;
    const missing = ROW_KEYS.filter((key) => !Object.hasOwn(row, key));
    if (missing.length > 0)
      throw new UsageError(`${where}: must be a row of evaluate --json; ${missing.join(', ')} missing`);
    return row as unknown as EvaluationRow;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${where}: must be a row of evaluate --json, found ${line.slice(0, 60)}`);
  }
}
