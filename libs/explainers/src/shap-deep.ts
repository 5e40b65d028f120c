import { sizeOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { channelsParam, plannedChannels, shapeWithChannels } from './channels.js';
import { deepLiftMaps, PAIR_COST, softmaxParam } from './deep-lift-maps.js';
import { defineExplainer } from './define-explainer.js';
import type { Explainer } from './explainer.js';
import { requiredBackground } from './required-background.js';
import { samplesWithin } from './samples-per-call.js';
import { targetParams, withTargetParams } from './target.js';

const params = z.strictObject({
  ...channelsParam,
  ...targetParams,
  ...softmaxParam,
});
type Params = z.infer<typeof params>;

/**
 * Deep SHAP: DeepLIFT's rescale rule (Shrikumar et al. 2017, arXiv:1704.02685) averaged over background references, which
 * approximates Shapley values (Lundberg & Lee 2017, arXiv:1705.07874). Other operations are split into elementary ones, as in
 * `shap.DeepExplainer`. Softmax is the exponential of log-softmax, unless `softmax: shap` is set.
 *
 * Maps are `[n, ...inputShape]`, with channels, or `[n, ...positions]` with the channels added up. Diagnostics:
 * `additivityError`, |Σφ − (F(x) − mean_r F(r))|, and `additivityMiss`, its share of the change (from rounding, and from rules
 * that do not conserve the sum, see docs/methods.md; it does not measure a map's quality); `bits`, 64 for a sample that had an
 * error above 1e-5 in float32 and was computed again in float64, else 32. A large error with 32 bits means that the engine cannot
 * compute this model in float64 (large images).
 */
export const shapDeep: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'shap-deep',
    title: 'Deep SHAP',
    version: 3,
    earlier: { version: 2, params: { softmax: 'shap' } },
    summary: 'DeepLIFT averaged over background references (Shrikumar et al. 2017; Lundberg & Lee 2017).',
    family: 'propagation',
    source:
      'Lundberg & Lee, A Unified Approach to Interpreting Model Predictions, NeurIPS 2017, arXiv:1705.07874; the rescale rule of DeepLIFT, Shrikumar et al., ICML 2017, arXiv:1704.02685; compared with DeepExplainer of shap.',
    params,
    usesBackground: true,
    samplesPerCall: (engine) => samplesWithin(engine, PAIR_COST * sizeOf(engine.model.inputShape)),
    // In float32. A sample whose sum is wrong takes as many again in float64.
    passes: (_params, _model, references) => ({ once: references, forward: 1, gradient: references }),
    mapShape: shapeWithChannels,
    needs: () => ({ multipliersOf: 'input' }),
    plannedParams: ({ channels, softmax }) => ({ ...plannedChannels(channels), softmax }),
    prepare: async ({ engine, params: { channels, softmax }, background, signal }) => {
      const references = await requiredBackground(shapDeep.method, background).load(signal);
      signal?.throwIfAborted();
      const deepLift = await engine.deepLift(references, { softmaxRule: softmax });
      return { explain: (request) => deepLiftMaps('shap-deep', deepLift, { channels, request }), close: () => deepLift.close() };
    },
  }),
);
