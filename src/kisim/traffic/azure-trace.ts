import type { RequestSpec } from '../replica/request.js';
import { TraceError } from './csv-rows.js';
import type { Lines } from './lines.js';
import { checkedTrace, type RequestTrace } from './request-trace.js';

const HEADER = 'TIMESTAMP,ContextTokens,GeneratedTokens';
const ROW = /^(\d{4}-\d\d-\d\d) (\d\d):(\d\d):(\d\d(?:\.\d+)?),(\d+),(\d+)$/;

/**
 * A trace of the Azure LLM inference data set of 2023 (Azure/AzurePublicDataset, AzureLLMInferenceTrace_*.csv, CC-BY-4.0).
 * Arrivals count from the first request. Throws TraceError, which names the line.
 */
export function readAzureTrace(lines: Lines): RequestTrace {
  return checkedTrace(() => readRequests(lines));
}

function* readRequests(lines: Lines): Generator<{ readonly line: number; readonly request: RequestSpec }> {
  let line = 0;
  let start: number | undefined;
  for (const raw of lines()) {
    line++;
    const text = raw.replace(/^\uFEFF/, '').trim();
    if (line === 1 && text !== HEADER) throw new TraceError(1, `the header must be ${HEADER}`);
    if (line === 1 || text === '') continue;
    const match = ROW.exec(text);
    if (!match) throw new TraceError(line, 'a row must be like 2023-11-16 18:17:03.9799600,4808,10');
    const [, date, hour, minute, second, input, output] = match;
    // Seven decimals do not fit into a Date: the day comes from it, the rest is arithmetic.
    const day = Date.parse(`${date}T00:00:00Z`) / 1000;
    const at = day + Number(hour) * 3600 + Number(minute) * 60 + Number(second);
    start ??= at;
    const request = {
      arrival: at - start,
      inputTokens: Math.max(1, Number(input)),
      outputTokens: Math.max(1, Number(output)),
    };
    yield { line, request };
  }
}
