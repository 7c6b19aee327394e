import { createHash } from 'node:crypto';
import { ACTIONS } from '../decision/action.js';
import { OBSERVATION_SCHEMA, OBSERVATION_SIZE } from '../decision/observation.js';
import type { ModelCard } from '../policies/onnx/model-card.js';
import { type PolicyNetworks, writePolicy } from './onnx/write-model.js';
import { runNetworks } from './run-networks.js';
import type { TrainedPolicy } from './train-policy.js';

/** Golden pairs on a card: enough for the self-test to notice any changed weight that matters. */
const GOLDEN = 16;

export interface ExportedPolicy {
  readonly model: Uint8Array;
  readonly card: ModelCard;
}

/** The file to serve and its card. `training` is told as it was; the scoreboard is filled in by an evaluation. */
export function exportPolicy(trained: TrainedPolicy, training: ModelCard['training']): ExportedPolicy {
  const model = writePolicy(trained, {
    metadata: { observation_schema: OBSERVATION_SCHEMA, actions: ACTIONS.map(({ name }) => name).join(',') },
  });
  const card: ModelCard = {
    name: 'policy',
    sha256: createHash('sha256').update(model).digest('hex'),
    observationSchema: OBSERVATION_SCHEMA,
    actions: ACTIONS.map(({ name }) => name),
    ranges: { low: [...trained.low].map(short), high: [...trained.high].map(short) },
    golden: goldenPairs(trained, trained.samples),
    training,
    scoreboard: [],
  };
  return { model, card };
}

function goldenPairs(networks: PolicyNetworks, samples: Float32Array): ModelCard['golden'] {
  const rows = samples.length / OBSERVATION_SIZE;
  return Array.from({ length: GOLDEN }, (_, k) => {
    const row = k % rows;
    const observation = samples.subarray(row * OBSERVATION_SIZE, (row + 1) * OBSERVATION_SIZE);
    // With fewer environments than golden pairs the same observation is scaled, so that no two pairs are alike.
    const scaled = observation.map((value) => value * (1 - Math.floor(k / rows) / GOLDEN));
    const { quantiles, logits } = runNetworks(networks, scaled, 1);
    return { observation: [...scaled], quantiles: [...quantiles], logits: [...logits] };
  });
}

const short = (value: number): number => Math.round(value * 1e4) / 1e4;
