import { outputsOfClasses } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import {
  assertFeatures,
  eachFeature,
  featureCount,
  featureParams,
  featuresOf,
  groupingByEighths,
  hideFeature,
  mapsOfFeatures,
} from './features.js';
import { hiddenDescription, hiddenNeedsBackground, hiddenSchema, hiddenValues } from './hidden-values.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { maskedOutputs } from './masked-outputs.js';
import { positionsOf } from './model-layers.js';
import { assertPositions } from './sample-values.js';
import { samplesForGradients } from './samples-per-call.js';
import { targetParams, withTargetParams } from './target.js';

const params = z.strictObject({
  ...featureParams,
  baseline: hiddenSchema.default(0).meta({ description: `What takes the place of a feature: ${hiddenDescription}` }),
  ...targetParams,
});
type Params = z.infer<typeof params>;

/**
 * Feature ablation, as Captum has it: each feature is replaced by a baseline, one at a time, and its value is the loss of the class
 * output, F(x) − F(x without the feature). Features are cells, by default an eighth of each axis (each feature of a table), or
 * superpixels.
 *
 * Maps are `[n, ...positions]`, without channels: each position has the value of its feature. A sample takes one pass of the model
 * per feature, and one for the whole input.
 */
export const featureAblation: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'feature-ablation',
    title: 'Feature ablation',
    version: 1,
    summary: 'The drop of the output when a cell or superpixel is replaced.',
    family: 'perturbation',
    source: 'Zeiler & Fergus 2014, arXiv:1311.2901, for any set of features; compared with FeatureAblation of Captum.',
    params,
    usesBackground: true,
    needsBackground: hiddenNeedsBackground,
    samplesPerCall: (engine, chosen) =>
      samplesForGradients(engine, featureCount(groupingByEighths(chosen, engine.model), engine.model).most),
    passes: (chosen, model) => {
      const { most, exact } = featureCount(groupingByEighths(chosen, model), model);
      return { forward: 1 + most, gradient: 0, ...(exact ? {} : { atMost: true }) };
    },
    validate: (chosen, model) => {
      assertFeatures('feature-ablation', chosen, model);
      assertPositions('feature-ablation', chosen.baseline, model);
    },
    plannedParams: (chosen, model) => ({ ...groupingByEighths(chosen, model), baseline: chosen.baseline }),
    explain,
  }),
);

async function explain(options: PrepareOptions<Params>, request: ExplainRequest): Promise<Explanation> {
  const { engine, params: chosen } = options;
  const { inputs, classes, contrasts, signal } = request;
  const features = featuresOf(groupingByEighths(chosen, engine.model), inputs);
  const whole = outputsOfClasses(await engine.predict(inputs), classes, contrasts);
  const rows = eachFeature(features);
  const outputs = await maskedOutputs({
    ...{ engine, inputs, explained: request, signal },
    rows: rows.length,
    sampleOf: (row) => rows[row]?.sample ?? 0,
    maskOf: (row) => row,
    fill: (mask, row) => {
      const hidden = rows[row];
      if (hidden !== undefined) hideFeature(mask, hidden);
    },
    baseline: await hiddenValues(chosen.baseline, request, options),
  });
  const losses = features.map(({ count }) => new Float64Array(count));
  for (const [row, { sample, feature }] of rows.entries()) {
    const ofSample = losses[sample];
    if (ofSample !== undefined) ofSample[feature] = (whole[sample] ?? NaN) - (outputs[row] ?? NaN);
  }
  const maps = mapsOfFeatures(losses, features, positionsOf(engine.model));
  assertFinite('feature-ablation map', maps, request);
  return { maps, degenerate: constantMaps(maps), diagnostics: {} };
}
