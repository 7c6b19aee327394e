import Table from 'cli-table3';
import type { Gpu, Instance } from '../../kisim/profiles/hardware.js';
import type { ProfileFile } from '../../kisim/profiles/profile-schema.js';
import type { ProfileRow } from './profile-row.js';

const STYLE = { head: [], border: [], compact: true };

/** Language models and Triton models, a table each. */
export function renderProfiles(rows: readonly ProfileRow[]): string {
  const [vllm, triton] = [
    rows.filter(({ engine }) => engine === 'vllm'),
    rows.filter(({ engine }) => engine === 'triton'),
  ];
  return [vllm.length > 0 ? renderVllm(vllm) : '', triton.length > 0 ? renderTriton(triton) : ''].join('');
}

function renderVllm(rows: readonly ProfileRow[]): string {
  const table = new Table({
    head: ['vLLM', 'GPU', 'model', 'TP', 'kind', 'KV tokens', 'b1 ms', 'b64 ms', 'pf 2048 ms', 'req/s', '$/h'],
    style: STYLE,
    colAligns: ['left', 'left', 'left', 'right', 'left', 'right', 'right', 'right', 'right', 'right', 'right'],
  });
  for (const row of rows)
    table.push([
      ...[row.name, row.gpu, shortName(row.model), row.tensorParallel, row.kind],
      (row.kvCapacityTokens ?? 0).toLocaleString('en-US'),
      ...[row.decode_b1_ms, row.decode_b64_ms, row.prefill_2048_ms, row.saturation_rps].map(figure),
      row.pricePerHour.toFixed(2),
    ]);
  return `${table.toString()}\nb1, b64: a decode step of 1 or 64 sequences at 1,024 tokens each; pf 2048: a prompt of 2,048 tokens.\n`;
}

function renderTriton(rows: readonly ProfileRow[]): string {
  const table = new Table({
    head: ['Triton', 'GPU', 'model', 'kind', 'T(1) ms', 'T(max) ms', 'max', 'req/s', '$/h'],
    style: STYLE,
    colAligns: ['left', 'left', 'left', 'left', 'right', 'right', 'right', 'right', 'right'],
  });
  for (const row of rows)
    table.push([
      ...[row.name, row.gpu, row.model, row.kind],
      ...[row.batch_1_ms, row.batch_max_ms].map(figure),
      row.maxNumSeqs,
      figure(row.saturation_rps),
      row.pricePerHour.toFixed(2),
    ]);
  return `${table.toString()}\n`;
}

/** One profile: its line, then where every number comes from. */
export function renderProfile(row: ProfileRow, { sources }: ProfileFile): string {
  const told = Object.entries(sources).map(([field, source]) => `  ${field}: ${source.trim()}`);
  return `${renderProfiles([row])}Sources:\n${told.join('\n')}\n`;
}

/** GPUs with their cheapest instances and MIG slices. */
export function renderGpus(gpus: readonly Gpu[], instances: readonly Instance[]): string {
  const table = new Table({
    head: ['GPU', 'MiB', 'TB/s', 'bf16 TFLOPS', 'instances ($/h)', 'MIG slices (how many)'],
    style: STYLE,
    colAligns: ['left', 'right', 'right', 'right', 'left', 'left'],
    colWidths: [21, 9, 8, 13, 38, 34],
    wordWrap: true,
  });
  for (const { name, memoryMiB, bandwidthTBps, bf16Tflops, mig } of gpus) {
    const offers = instances.filter(({ gpu }) => gpu === name);
    table.push([
      ...[name, memoryMiB, bandwidthTBps, bf16Tflops],
      offers.map((offer) => `${offer.name} (${offer.pricePerHour.toFixed(2)})`).join(', '),
      (mig?.profiles ?? []).map((slice) => `${slice.name} (${slice.count})`).join(', '),
    ]);
  }
  return `${table.toString()}\n`;
}

function shortName(model: string): string {
  return model.slice(model.indexOf('/') + 1);
}

function figure(value: number | undefined): string {
  if (value === undefined) return '-';
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);
}
