import { sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { channelsParam, plannedChannels, shapeWithChannels } from './channels.js';
import { deepLiftMaps, PAIR_COST, softmaxParam } from './deep-lift-maps.js';
import { defineExplainer } from './define-explainer.js';
import type { Explainer } from './explainer.js';
import { samplesWithin } from './samples-per-call.js';
import { targetParams, withTargetParams } from './target.js';

const params = z.strictObject({
  reference: z
    .number()
    .default(0)
    .meta({ description: 'The value of every position of the input that samples are compared with.' }),
  ...channelsParam,
  ...targetParams,
  ...softmaxParam,
});
type Params = z.infer<typeof params>;

/**
 * DeepLIFT (Shrikumar et al. 2017, "Learning important features through propagating activation differences", arXiv:1704.02685) by
 * the rescale rule, against one constant input. It is Deep SHAP with that input as its only reference.
 *
 * Maps are `[n, ...inputShape]`, with channels, or `[n, ...positions]` with the channels added up. Diagnostics are those of Deep
 * SHAP.
 */
export const deepLift: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'deep-lift',
    title: 'DeepLIFT',
    version: 1,
    summary: 'Differences of activations from those of a constant input, by the rescale rule (Shrikumar et al. 2017).',
    family: 'propagation',
    source:
      'Shrikumar et al., Learning Important Features Through Propagating Activation Differences, ICML 2017, arXiv:1704.02685; compared with DeepLift of Captum.',
    params,
    samplesPerCall: (engine) => samplesWithin(engine, PAIR_COST * sizeOf(engine.model.inputShape)),
    // In float32. A sample whose sum is wrong takes as many again in float64.
    passes: () => ({ once: 1, forward: 1, gradient: 1 }),
    mapShape: shapeWithChannels,
    needs: () => ({ multipliersOf: 'input' }),
    plannedParams: ({ reference, channels, softmax }) => ({ reference, ...plannedChannels(channels), softmax }),
    prepare: async ({ engine, params: { reference, channels, softmax } }) => {
      const { inputShape } = engine.model;
      const references: Tensor = { shape: [1, ...inputShape], data: new Float32Array(sizeOf(inputShape)).fill(reference) };
      const prepared = await engine.deepLift(references, { softmaxRule: softmax });
      return {
        explain: (request) => deepLiftMaps('deep-lift', prepared, { channels, request }),
        close: () => prepared.close(),
      };
    },
  }),
);
