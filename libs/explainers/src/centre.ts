import { XaigridError } from '@xaigrid/contracts';
import { noPasses } from '@xaigrid/engine';
import { isTable, sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { constantMaps } from './map-checks.js';
import { positionsOf } from './model-layers.js';
import { samplesWithin } from './samples-per-call.js';

const params = z.strictObject({
  width: z.number().positive().max(100).default(0.25).meta({
    description: 'The standard deviation of the Gaussian along each axis, as a share of the length of the axis.',
  }),
});
type Params = z.infer<typeof params>;

/**
 * A Gaussian in the middle, exp(−Σ_a (i_a − c_a)²/(2·(width·L_a)²)) with c_a = (L_a − 1)/2: the same map for every sample, and no
 * model takes part. Objects are often in the middle of images, so such a map can score well (Judd et al. 2012, where it is a
 * baseline of fixation maps). Maps are `[n, ...positions]`, without channels.
 */
export const centre: Explainer<Params> = defineExplainer<Params>({
  method: 'centre',
  title: 'Centre',
  version: 1,
  summary: 'A Gaussian in the middle, as a control: it knows neither the model nor the sample.',
  family: 'control',
  source: 'Judd, Durand & Torralba, A Benchmark of Computational Models of Saliency to Predict Human Fixations, MIT 2012.',
  params,
  samplesPerCall: (engine) => samplesWithin(engine, sizeOf(engine.model.inputShape)),
  passes: () => noPasses,
  validate(_params, { inputShape }) {
    if (!isTable(inputShape)) return;
    throw new XaigridError(
      'SHAPE_MISMATCH',
      'centre: a table has no middle, because the order of its features means nothing. Leave the method out; random and constant are controls for tables.',
    );
  },
  plannedParams: ({ width }) => ({ width }),
  explain,
});

function explain({ engine, params: { width } }: PrepareOptions<Params>, { sampleIndices }: ExplainRequest): Explanation {
  const positions = positionsOf(engine.model);
  const map = Float32Array.from({ length: sizeOf(positions) }, (_, position) => {
    let [exponent, rest] = [0, position];
    for (const length of positions.toReversed()) {
      exponent += ((rest % length) - (length - 1) / 2) ** 2 / (2 * (width * length) ** 2);
      rest = Math.floor(rest / length);
    }
    return Math.exp(-exponent);
  });
  const maps: Tensor = { shape: [sampleIndices.length, ...positions], data: new Float32Array(sampleIndices.length * map.length) };
  for (let row = 0; row < sampleIndices.length; row++) maps.data.set(map, row * map.length);
  return { maps, degenerate: constantMaps(maps), diagnostics: {} };
}
