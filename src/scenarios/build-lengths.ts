import { inFile } from '../kisim/traffic/csv-rows.js';
import { constantLength, type LengthDistribution, logNormalLength } from '../kisim/traffic/length-distribution.js';
import { readTokenHistogram } from '../kisim/traffic/length-histogram.js';
import { CONVERSATION_SIGMA, type TokenLengths } from '../kisim/traffic/token-lengths.js';
import type { TraceFiles } from '../kisim/traffic/trace-files.js';
import type { LengthSpec } from './schema/traffic.js';

/** The lengths that a scenario names, and `otherwise` those that it does not. Throws TraceError, or as `fs` does. */
export function buildLengths(
  {
    inputTokens,
    outputTokens,
  }: { readonly inputTokens?: LengthSpec | undefined; readonly outputTokens?: LengthSpec | undefined },
  otherwise: TokenLengths,
  files: TraceFiles,
): TokenLengths {
  return {
    input: inputTokens === undefined ? otherwise.input : buildLength(inputTokens, 'input_tokens', files),
    output: outputTokens === undefined ? otherwise.output : buildLength(outputTokens, 'output_tokens', files),
  };
}

/** One kind of length. Throws TraceError for a bad histogram, or as `fs` does. */
export function buildLength(
  spec: LengthSpec,
  field: 'input_tokens' | 'output_tokens',
  files: TraceFiles,
): LengthDistribution {
  if (typeof spec === 'number')
    return logNormalLength(spec, field === 'input_tokens' ? CONVERSATION_SIGMA.input : CONVERSATION_SIGMA.output);
  if ('constant' in spec) return constantLength(spec.constant);
  if ('mean' in spec) return logNormalLength(spec.mean, spec.sigma);
  const { histogram, model } = spec;
  return inFile(histogram, () => readTokenHistogram(files.lines(histogram), model, field));
}
