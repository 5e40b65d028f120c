import { noPasses } from '@xaigrid/engine';
import { sampleRandom, sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { constantMaps } from './map-checks.js';
import { positionsOf } from './model-layers.js';
import { randomStreams } from './random-streams.js';
import { samplesWithin } from './samples-per-call.js';

const params = z.strictObject({});
type Params = z.infer<typeof params>;

/**
 * A random map: independent uniform numbers in [0, 1) from the seed and the sample index. A useful method must be better (Hooker
 * et al. 2019, "A benchmark for interpretability methods in deep neural networks", arXiv:1806.10758). Maps are `[n,
 * ...positions]`, without channels.
 */
export const random: Explainer<Params> = defineExplainer<Params>({
  method: 'random',
  title: 'Random',
  version: 1,
  summary: 'Random numbers, as a control: other methods must do better (Hooker et al. 2019).',
  family: 'control',
  source: 'Hooker et al., A Benchmark for Interpretability Methods in Deep Neural Networks, NeurIPS 2019, arXiv:1806.10758.',
  params,
  samplesPerCall: (engine) => samplesWithin(engine, sizeOf(engine.model.inputShape)),
  passes: () => noPasses,
  plannedParams: () => ({}),
  explain,
});

function explain({ engine, seed }: PrepareOptions<Params>, { sampleIndices }: ExplainRequest): Explanation {
  const positions = positionsOf(engine.model);
  const size = sizeOf(positions);
  const data = new Float32Array(sampleIndices.length * size);
  for (const [row, sampleIndex] of sampleIndices.entries()) {
    const numbers = sampleRandom(seed, sampleIndex, randomStreams.random);
    for (let at = 0; at < size; at++) data[row * size + at] = numbers.uniform();
  }
  const maps: Tensor = { shape: [sampleIndices.length, ...positions], data };
  return { maps, degenerate: constantMaps(maps), diagnostics: {} };
}
