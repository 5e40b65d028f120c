import type { ExpectedGradients } from '@xaigrid/engine';
import { outputsOfClasses, outputsOfReference, sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { additivity } from './additivity.js';
import { channelsParam, joinChannels, plannedChannels, shapeWithChannels } from './channels.js';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { samplesForGradients } from './samples-per-call.js';
import { targetParams, withTargetParams } from './target.js';

const params = z.strictObject({
  steps: z.int().min(1).max(1_000_000).default(50).meta({ description: 'Points of the midpoint rule along the path.' }),
  reference: z.number().default(0).meta({ description: 'The value of every input position at the start of the path.' }),
  ...channelsParam,
  ...targetParams,
});
type Params = z.infer<typeof params>;

/**
 * Integrated gradients (Sundararajan et al. 2017, "Axiomatic attribution for deep networks", arXiv:1703.01365): (x − r) ⊙ the
 * mean gradient along the straight path from a constant reference r to x, by the midpoint rule with `steps` points.
 *
 * Maps are `[n, ...inputShape]`, with channels, or `[n, ...positions]` with the channels added up. Diagnostics:
 * `additivityError`, |Σφ − (F(x) − F(r))|, which is the error of the midpoint rule, and `additivityMiss`, its share of the
 * change.
 */
export const integratedGradients: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'integrated-gradients',
    title: 'Integrated gradients',
    version: 2,
    summary: 'Gradients integrated along the path from a constant reference (Sundararajan et al. 2017).',
    family: 'gradient',
    source: 'Sundararajan et al., Axiomatic Attribution for Deep Networks, ICML 2017, arXiv:1703.01365.',
    params,
    sumRemedy: 'raise steps',
    samplesPerCall: (engine, { steps }) => samplesForGradients(engine, steps),
    // Outputs on the sample and, once, on the reference: the change that the map should add up to.
    passes: ({ steps }) => ({ once: 1, forward: 1, gradient: steps }),
    mapShape: shapeWithChannels,
    needs: () => ({ gradientsOf: 'input' }),
    plannedParams: ({ steps, reference, channels }) => ({ steps, reference, ...plannedChannels(channels) }),
    prepare: async (options) => {
      const { engine, params: chosen } = options;
      const { inputShape } = engine.model;
      const reference: Tensor = { shape: [1, ...inputShape], data: new Float32Array(sizeOf(inputShape)).fill(chosen.reference) };
      const outputs = await engine.predict(reference);
      const gradients = await engine.expectedGradients(reference);
      return { explain: (request) => explain(options, gradients, outputs, request), close: () => gradients.close() };
    },
  }),
);

async function explain(
  { engine, params: { steps, channels } }: PrepareOptions<Params>,
  gradients: ExpectedGradients,
  referenceOutputs: Tensor,
  request: ExplainRequest,
): Promise<Explanation> {
  const { inputs, classes, contrasts, signal } = request;
  signal?.throwIfAborted();
  // Expected gradients over one reference, at fixed fractions instead of drawn ones.
  const { attributions } = await gradients.attribute({
    inputs,
    classes,
    contrasts,
    draws: steps,
    references: new Int32Array(classes.length * steps),
    fractions: Float32Array.from({ length: classes.length * steps }, (_, at) => ((at % steps) + 0.5) / steps),
  });
  assertFinite('integrated-gradients map', attributions, request);
  const outputs = outputsOfClasses(await engine.predict(inputs), classes, contrasts);
  const ofReference = outputsOfReference(referenceOutputs.data, request);
  const changes = outputs.map((output, sample) => output - (ofReference[sample] ?? NaN));
  const maps = joinChannels(attributions, channels);
  return { maps, degenerate: constantMaps(maps), diagnostics: additivity(attributions, changes) };
}
