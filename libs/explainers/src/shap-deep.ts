import type { DeepLift } from '@xaigrid/engine';
import { sizeOf } from '@xaigrid/tensor';
import { z } from 'zod';
import type { Explainer, ExplainRequest, Explanation } from './explainer.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { requiredBackground } from './required-background.js';
import { samplesWithin } from './samples-per-call.js';

const params = z.strictObject({});
type Params = z.infer<typeof params>;

/**
 * Deep SHAP: DeepLIFT's rescale rule (Shrikumar et al. 2017, arXiv:1704.02685) averaged over background references, which
 * approximates Shapley values (Lundberg & Lee 2017, arXiv:1705.07874); the class head is taken apart into elementary
 * operations, as in `shap.DeepExplainer`.
 *
 * Maps are `[n, ...inputShape]`, with channels. Diagnostic `additivityError`: |Σφ − (p_c(x) − mean_r p_c(r))|, which is
 * rounding error for a model all of whose operations have a rule.
 */
export const shapDeep: Explainer<Params> = {
  method: 'shap-deep',
  version: 1,
  summary: 'Deep SHAP: DeepLIFT averaged over background references (Shrikumar et al. 2017; Lundberg & Lee 2017).',
  params,
  defaultExplainedClass: 'predicted',
  usesBackground: true,
  samplesPerCall: (engine) => samplesWithin(engine, 4 * sizeOf(engine.model.inputShape)),
  validate: () => undefined,
  files: () => Promise.resolve([]),
  portable: () => ({}),
  prepare: async ({ engine, background, signal }) => {
    const references = await requiredBackground(shapDeep.method, background).load(signal);
    signal?.throwIfAborted();
    const deepLift = await engine.deepLift(references);
    return { explain: (request) => explain(deepLift, request), close: () => deepLift.close() };
  },
};

async function explain(deepLift: DeepLift, request: ExplainRequest): Promise<Explanation> {
  const { inputs, classes, signal } = request;
  signal?.throwIfAborted();
  const { attributions: maps, outputs, expected } = await deepLift.attribute({ inputs, classes });
  assertFinite('shap-deep map', maps, request);
  const size = maps.data.length / Math.max(1, outputs.length);
  const additivityError = outputs.map((output, sample) => {
    let sum = 0;
    for (const value of maps.data.subarray(sample * size, (sample + 1) * size)) sum += value;
    return Math.abs(sum - (output - (expected[sample] ?? NaN)));
  });
  return { maps, degenerate: constantMaps(maps), diagnostics: { additivityError } };
}
