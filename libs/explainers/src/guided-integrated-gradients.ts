import { outputsOfClasses, sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { additivity } from './additivity.js';
import { channelsParam, joinChannels, plannedChannels, shapeWithChannels } from './channels.js';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { guidedPath, type GuidedPath } from './guided-path.js';
import { inputGradient } from './input-gradient.js';
import { assertFinite, constantMaps } from './map-checks.js';
import {
  ASSUMED_REFERENCES,
  assertStart,
  outputsOfStarts,
  pathStarts,
  plannedStart,
  startParams,
  startsNeedBackground,
  startsPerSample,
  type PathStarts,
} from './path-starts.js';
import { samplesForGradients } from './samples-per-call.js';
import { targetParams, withTargetParams } from './target.js';

const params = z.strictObject({
  steps: z.int().min(1).max(100_000).default(200).meta({ description: 'Steps of the path, with a gradient each.' }),
  fraction: z
    .number()
    .gt(0)
    .max(1)
    .default(0.25)
    .meta({ description: 'The share of the values, those with the smallest gradients, that a step moves first.' }),
  maxDistance: z.number().min(0).max(1).default(0.02).meta({
    description: 'How far a value may be from the straight path, as a share of its way. 0: integrated gradients.',
  }),
  ...startParams,
  ...channelsParam,
  ...targetParams,
});
type Params = z.infer<typeof params>;

/**
 * Guided integrated gradients (Kapishnikov et al. 2021, "Guided integrated gradients: an adaptive path method for removing
 * noise", arXiv:2106.09788): the gradient integrated along a path that moves the values with the smallest gradients first, within
 * bounds around the straight path. Maps of several baselines are averaged.
 *
 * Maps are `[n, ...inputShape]`, with channels, or `[n, ...positions]` with the channels added up. Diagnostics:
 * `additivityError`, |Σφ − (F(x) − mean F(r))|, and `additivityMiss`, its share of the change.
 */
export const guidedIntegratedGradients: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'guided-integrated-gradients',
    title: 'Guided integrated gradients',
    version: 1,
    summary: 'Gradients integrated along a path that avoids large ones (Guided-IG, Kapishnikov et al. 2021).',
    family: 'gradient',
    source:
      'Kapishnikov et al., Guided Integrated Gradients: An Adaptive Path Method for Removing Noise, CVPR 2021, arXiv:2106.09788; compared with GuidedIG of saliency.',
    params,
    sumRemedy: 'raise steps',
    usesBackground: true,
    needsBackground: startsNeedBackground,
    samplesPerCall: (engine, chosen) => samplesForGradients(engine, chosen.steps * startsPerSample(chosen, ASSUMED_REFERENCES)),
    passes: (chosen, _model, references) => {
      const paths = startsPerSample(chosen, references);
      return { forward: 1 + paths, gradient: chosen.steps * paths };
    },
    mapShape: shapeWithChannels,
    validate: (chosen, model) => {
      assertStart('guided-integrated-gradients', chosen, model);
    },
    needs: () => ({ gradientsOf: 'input' }),
    plannedParams: ({ steps, fraction, maxDistance, reference, baseline, channels }) => ({
      ...{ steps, fraction, maxDistance, ...plannedStart({ reference, baseline }) },
      ...plannedChannels(channels),
    }),
    prepare: async (options) => {
      const starts = await pathStarts('guided-integrated-gradients', options.params, options);
      return { explain: (request) => explain(options, starts, request), close: () => Promise.resolve() };
    },
  }),
);

async function explain(
  { engine, params: { steps, fraction, maxDistance, channels } }: PrepareOptions<Params>,
  starts: PathStarts,
  request: ExplainRequest,
): Promise<Explanation> {
  const { inputs, classes, contrasts } = request;
  const size = sizeOf(engine.model.inputShape);
  const references = starts.of(request);
  const count = (references.shape[0] ?? 0) / classes.length;
  const sampleOf = (row: number) => Math.floor(row / count);
  const paths = Array.from({ length: classes.length * count }, (_, row): GuidedPath =>
    guidedPath({
      x: inputs.data.subarray(sampleOf(row) * size, (sampleOf(row) + 1) * size),
      start: references.data.subarray(row * size, (row + 1) * size),
      ...{ steps, fraction, maxDistance },
    }),
  );
  const ofRows = (indices: Int32Array) => Int32Array.from(paths, (_, row) => indices[sampleOf(row)] ?? 0);
  const explained = { classes: ofRows(classes), contrasts: contrasts && ofRows(contrasts) };
  const points: Tensor = { shape: references.shape, data: new Float32Array(references.data.length) };
  // The paths of all samples go forward together, because each step needs the gradient where the one before ended.
  for (let step = 0; step < steps; step++) {
    for (const [row, { point }] of paths.entries()) points.data.set(point, row * size);
    const { data } = await inputGradient(engine, { ...request, ...explained, inputs: points });
    for (const [row, path] of paths.entries()) path.advance(data.subarray(row * size, (row + 1) * size));
  }
  const attributions: Tensor = { shape: inputs.shape, data: new Float32Array(inputs.data.length) };
  for (const sample of classes.keys()) {
    const own = paths.slice(sample * count, (sample + 1) * count);
    for (let at = 0; at < size; at++)
      attributions.data[sample * size + at] = own.reduce((sum, { attribution }) => sum + (attribution[at] ?? NaN), 0) / count;
  }
  assertFinite('guided-integrated-gradients map', attributions, request);
  const outputs = outputsOfClasses(await engine.predict(inputs), classes, contrasts);
  const ofStarts = outputsOfStarts(await engine.predict(references), request);
  const changes = outputs.map((output, sample) => output - (ofStarts[sample] ?? NaN));
  const maps = joinChannels(attributions, channels);
  return { maps, degenerate: constantMaps(maps), diagnostics: additivity(attributions, changes) };
}
