import { type CsvRow, readDataCsv } from './data-files.js';
import { type Spread, spreadOf } from './kernel-tables.js';
import { fitRelative, halves, relativeErrors } from './least-squares.js';

/** Series of Triton's tables that our profiles are fitted to: model, and the end of the setting. */
const TRITON_SERIES: readonly (readonly [model: string, setting: string])[] = [
  ['PyTorch/Classification/ConvNets/resnet50', 'ONNX Runtime TensorRT with FP16'],
  ['PyTorch/LanguageModeling/BERT/large', ', NVIDIA TensorRT with FP16'],
  ['PyTorch/LanguageModeling/BERT/dist6l', ', NVIDIA TensorRT with FP16'],
  ['PyTorch/Segmentation/nnUNet', 'with FP16'],
  ['PyTorch/SpeechSynthesis/FastPitch', 'with FP16'],
];

type Point = readonly [batch: number, ms: number];

/** T(b) = a + c b on measured Triton servers, offline: fitted to batch sizes at even places, judged at odd ones; 20 series. */
export function judgeTritonTables(): Spread {
  return spreadOf([...readTritonSeries().values()].flatMap(judgeSeries));
}

/** Mean latency by batch size, per model and GPU. */
export function readTritonSeries(): ReadonlyMap<string, readonly Point[]> {
  const series = new Map<string, Map<number, number>>();
  for (const row of readDataCsv('triton/triton_perf_tables.csv')) {
    const { model = '', setting = '', gpu = '', batch = '', concurrency = '', avg_ms: ms = '' } = row;
    if (!setting.startsWith('Offline') || batch === '' || ms === '' || !['', '1'].includes(concurrency)) continue;
    if (!TRITON_SERIES.some(([name, end]) => name === model && setting.endsWith(end))) continue;
    const key = `${model}/${gpu}`;
    const points = series.get(key) ?? new Map<number, number>();
    series.set(key, points.set(Number(batch), Number(ms)));
  }
  return new Map([...series].map(([key, points]) => [key, [...points].sort(([a], [b]) => a - b)]));
}

function judgeSeries(points: readonly Point[]): readonly number[] {
  const [even, odd] = halves(points);
  const line = ([batch]: Point): readonly number[] => [1, batch];
  const time = ([, ms]: Point): number => ms;
  return relativeErrors(fitRelative(even.map(line), even.map(time)), odd.map(line), odd.map(time));
}

/** A linear decode law on splitwise-sim's measured token times (A100 and H100, 8 GPUs, 70B and 176B): even rows, odd rows. */
export function judgeSplitwiseDecode(): Spread {
  return spreadOf(
    groupSplitwise().flatMap((rows) => {
      const [even, odd] = halves(rows);
      const features = (row: CsvRow): readonly number[] => {
        const [batch, input, output] = ['batch_size', 'prompt_size', 'token_size'].map((name) => Number(row[name]));
        return [1, Number(batch), Number(batch) * (Number(input) + Number(output) / 2)];
      };
      const time = (row: CsvRow): number => Number(row['token_time']);
      return relativeErrors(fitRelative(even.map(features), even.map(time)), odd.map(features), odd.map(time));
    }),
  );
}

function groupSplitwise(): readonly (readonly CsvRow[])[] {
  const groups = new Map<string, CsvRow[]>();
  for (const row of readDataCsv('splitwise/perf_model.csv')) {
    if (row['tensor_parallel'] !== '8' || row['hardware']?.endsWith('pcap')) continue;
    const key = `${row['model']}/${row['hardware']}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}
