import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DATA } from '../../support/data.js';

export type CsvRow = Readonly<Record<string, string>>;

/** Rows of a CSV file of the public data by column; fields may be quoted. */
export function readDataCsv(path: string): readonly CsvRow[] {
  const [header = '', ...lines] = readDataText(path).trim().split('\n');
  const names = splitFields(header);
  return lines.map((line) => {
    const fields = splitFields(line);
    return Object.fromEntries(names.map((name, i) => [name, fields[i] ?? '']));
  });
}

export function readDataText(path: string): string {
  if (!DATA) throw new Error('the public data sets are not here');
  return readFileSync(join(DATA, path), 'utf8');
}

function splitFields(line: string): readonly string[] {
  return [...line.trim().matchAll(/("([^"]*)"|[^,]*)(,|$)/g)].map(([, plain = '', quoted]) => quoted ?? plain);
}

/** One combination of aiconfigurator's kernel times. */
export interface KernelTimes {
  readonly gpu: string;
  readonly model: string;
  readonly tp: number;
  readonly kv_capacity_tokens: number;
  readonly dense_ms: Readonly<Record<string, number | null>>;
  readonly lm_head_ms: Readonly<Record<string, number>>;
  readonly decode_attn: {
    readonly a_ms: number;
    readonly gamma_us_per_kvtok: number;
    readonly gamma_recommended_us: number;
  };
  readonly prefill_attn_ms: Readonly<Record<string, number>>;
}

export function readKernelTimes(): readonly KernelTimes[] {
  return JSON.parse(readDataText('aiconfigurator/iteration_knots.json')) as readonly KernelTimes[];
}

/** Our names of aiconfigurator's GPUs. */
export const KERNEL_GPUS: Readonly<Record<string, string>> = {
  a100_sxm: 'a100-80',
  h100_sxm: 'h100',
  h200_sxm: 'h200',
  b200_sxm: 'b200',
  l40s: 'l40s',
  rtx_pro_6000_server: 'rtx-pro-6000-server',
};

export function profileNameOf({
  gpu,
  model,
  tp,
}: {
  readonly gpu: string;
  readonly model: string;
  readonly tp: number;
}): string {
  return `${KERNEL_GPUS[gpu]}-${model}${tp > 1 ? `-tp${tp}` : ''}`;
}
