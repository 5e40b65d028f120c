import { sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { channelsParam, joinChannels, plannedChannels, shapeWithChannels } from './channels.js';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { inputGradient } from './input-gradient.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { samplesWithin } from './samples-per-call.js';
import { targetParams, withTargetParams } from './target.js';

const params = z.strictObject({ ...channelsParam, ...targetParams });
type Params = z.infer<typeof params>;

/**
 * Input times gradient, x ⊙ ∂F/∂x (Shrikumar et al. 2016, "Not just a black box", arXiv:1605.01713), of F = p_c unless `target`
 * or `contrast` says otherwise. Maps are `[n, ...inputShape]`, with channels, or `[n, ...positions]` with the channels added up.
 */
export const inputXGradient: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'input-x-gradient',
    title: 'Input × gradient',
    version: 2,
    summary: 'Input times gradient (Shrikumar et al. 2016).',
    family: 'gradient',
    source:
      'Shrikumar et al., Not Just a Black Box: Learning Important Features Through Propagating Activation Differences, 2016, arXiv:1605.01713.',
    params,
    samplesPerCall: (engine) => samplesWithin(engine, 4 * sizeOf(engine.model.inputShape)),
    passes: () => ({ forward: 0, gradient: 1 }),
    mapShape: shapeWithChannels,
    needs: () => ({ gradientsOf: 'input' }),
    plannedParams: ({ channels }) => plannedChannels(channels),
    explain,
  }),
);

async function explain({ engine, params }: PrepareOptions<Params>, request: ExplainRequest): Promise<Explanation> {
  const { shape, data } = await inputGradient(engine, request);
  const products: Tensor = { shape, data: data.map((value, i) => value * (request.inputs.data[i] ?? NaN)) };
  const maps = joinChannels(products, params.channels);
  assertFinite('input-x-gradient map', maps, request);
  return { maps, degenerate: constantMaps(maps), diagnostics: {} };
}
