import { sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { channelsParam, joinChannels, plannedChannels, shapeWithChannels } from './channels.js';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { inputGradient } from './input-gradient.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { samplesWithin } from './samples-per-call.js';
import { targetParams, withTargetParams } from './target.js';

const params = z.strictObject({
  absolute: z
    .boolean()
    .default(true)
    .meta({ description: 'Whether maps are the size of the gradient, |∂F/∂x|; false keeps the sign.' }),
  ...channelsParam,
  ...targetParams,
});
type Params = z.infer<typeof params>;

/**
 * The gradient of the class output with respect to the input (Simonyan et al. 2013, "Deep inside convolutional networks",
 * arXiv:1312.6034): of the probability, or of what `target` and `contrast` say. Maps are `[n, ...inputShape]`, with channels,
 * or `[n, ...positions]` with the channels added up.
 */
export const gradient: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'gradient',
    title: 'Gradient',
    version: 2,
    summary: 'Size of the gradient with respect to the input (Simonyan et al. 2013).',
    family: 'gradient',
    source:
      'Simonyan et al., Deep Inside Convolutional Networks: Visualising Image Classification Models and Saliency Maps, 2013, arXiv:1312.6034.',
    params,
    samplesPerCall: (engine) => samplesWithin(engine, 4 * sizeOf(engine.model.inputShape)),
    passes: () => ({ forward: 0, gradient: 1 }),
    mapShape: shapeWithChannels,
    needs: () => ({ gradientsOf: 'input' }),
    plannedParams: ({ absolute, channels }) => ({ absolute, ...plannedChannels(channels) }),
    explain,
  }),
);

async function explain({ engine, params }: PrepareOptions<Params>, request: ExplainRequest): Promise<Explanation> {
  const values = await inputGradient(engine, request);
  if (params.absolute) makeAbsolute(values);
  const maps = joinChannels(values, params.channels);
  assertFinite('gradient map', maps, request);
  return { maps, degenerate: constantMaps(maps), diagnostics: {} };
}

/** Changes the tensor in place. Nothing else uses the gradient, and a copy of every map would keep the garbage collector busy. */
function makeAbsolute({ data }: Tensor): void {
  for (let index = 0; index < data.length; index += 1) data[index] = Math.abs(data[index] ?? NaN);
}
