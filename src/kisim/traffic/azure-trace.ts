import type { RequestSpec } from '../replica/request.js';
import { quote, readFields, readNumber } from './csv-rows.js';
import type { Lines } from './lines.js';
import { checkedTrace, type RequestTrace } from './request-trace.js';
import { secondsOfStamp } from './stamp.js';
import { TraceError } from './trace-error.js';

export const AZURE_HEADER = 'TIMESTAMP,ContextTokens,GeneratedTokens';
const INPUT = { name: 'ContextTokens', min: 0, max: 1e7 };
const OUTPUT = { name: 'GeneratedTokens', min: 0, max: 1e7 };

/**
 * A trace of the Azure LLM inference data set of 2023 (Azure/AzurePublicDataset, AzureLLMInferenceTrace_*.csv, CC-BY-4.0).
 * Arrivals count from the first request. Throws TraceError, which names the line.
 */
export function readAzureTrace(lines: Lines): RequestTrace {
  return checkedTrace(() => readRequests(lines));
}

function* readRequests(lines: Lines): Generator<{ readonly line: number; readonly request: RequestSpec }> {
  let start: number | undefined;
  for (const { line, fields } of readFields(lines, { header: AZURE_HEADER, count: 3 })) {
    const [stamp, input, output] = fields as [string, string, string];
    const at = secondsOfStamp(stamp);
    if (at === undefined)
      throw new TraceError(line, `TIMESTAMP must be like 2023-11-16 18:17:03.9799600, found ${quote(stamp)}`);
    start ??= at;
    if (at < start) throw new TraceError(line, `TIMESTAMP must not lie before the first one, found ${quote(stamp)}`);
    const request = {
      arrival: at - start,
      inputTokens: Math.max(1, Math.round(readNumber(input, line, INPUT))),
      outputTokens: Math.max(1, Math.round(readNumber(output, line, OUTPUT))),
    };
    yield { line, request };
  }
}
