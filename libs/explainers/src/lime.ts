import { XaigridError } from '@xaigrid/contracts';
import type { ModelDescription } from '@xaigrid/engine';
import { isTable, sampleRandom, sizeOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import {
  assertFeatures,
  featureCount,
  featureMeans,
  featureParams,
  featuresOf,
  groupingOf,
  mapsOfFeatures,
  showFeatures,
  type Grouping,
} from './features.js';
import { hiddenDescription, hiddenNeedsBackground, hiddenSchema, hiddenValues } from './hidden-values.js';
import { weightedRidge } from './lime/ridge.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { maskedOutputs } from './masked-outputs.js';
import { positionsOf } from './model-layers.js';
import { randomStreams } from './random-streams.js';
import { assertPositions } from './sample-values.js';
import { samplesForGradients } from './samples-per-call.js';
import { targetParams, withTargetParams } from './target.js';

/** The regression takes features³ operations: at this number a few seconds per sample. */
const MOST_FEATURES = 1024;

/** Superpixels by default. */
const SEGMENTS = 50;

const params = z.strictObject({
  draws: z.int().min(2).max(1_000_000).default(1000).meta({
    description: 'Copies of a sample with random features replaced; the first is the sample itself.',
  }),
  ...featureParams,
  baseline: z
    .union([hiddenSchema, z.literal('feature-mean')])
    .optional()
    .meta({
      description: `What takes the place of a feature. feature-mean: the mean of each channel over the feature; ${hiddenDescription} Default: feature-mean; 0 where features are single positions.`,
    }),
  kernelWidth: z.number().positive().max(1000).default(0.25).meta({
    description: 'The width of the kernel that weighs copies by their distance from the sample. The distance is from 0 to 1.',
  }),
  ridge: z.number().positive().max(1e6).default(1).meta({ description: 'The penalty of the squared coefficients.' }),
  ...targetParams,
});
type Params = z.infer<typeof params>;

/**
 * LIME (Ribeiro et al. 2016, '"Why should I trust you?": explaining the predictions of any classifier', arXiv:1602.04938), as
 * `lime_image` of the package lime computes it. Each feature of a copy stays or is replaced, with the same probability. A ridge
 * regression explains F of the copies by which features stayed, z. A copy weighs exp(−d²/(2·width²)), with d the cosine distance
 * of z from all ones. The value of a feature is its coefficient.
 *
 * Features are superpixels, by default about 50 of SLIC (of a signal up to 50 pieces, of a
 * table each feature), or cells. Draws depend only
 * on the seed and the sample index. Maps are `[n, ...positions]`, without channels. A sample takes one pass of the model per draw.
 */
export const lime: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'lime',
    title: 'LIME',
    version: 1,
    summary: 'Coefficients of a ridge regression on which superpixels are there (Ribeiro et al. 2016).',
    family: 'perturbation',
    source:
      'Ribeiro et al., "Why Should I Trust You?": Explaining the Predictions of Any Classifier, KDD 2016, arXiv:1602.04938; compared with lime_image of lime 0.2.0.1.',
    params,
    usesBackground: true,
    needsBackground: hiddenNeedsBackground,
    samplesPerCall: (engine, { draws }) => samplesForGradients(engine, draws),
    passes: ({ draws }) => ({ forward: draws, gradient: 0 }),
    validate: (chosen, model) => {
      assertFeatures('lime', chosen, model);
      if (chosen.baseline === 'feature-mean' && singlePositions(grouping(chosen, model), model))
        throw new XaigridError(
          'SPEC_INVALID',
          'lime: the mean over a feature of one position is its own value, so nothing would change. Choose another "baseline" or larger features.',
        );
      const baseline = baselineOf(chosen, model);
      assertPositions('lime', baseline, model);
      assertFeasible(featureCount(grouping(chosen, model), model).exact ? featureCount(grouping(chosen, model), model).most : 1);
    },
    plannedParams: (chosen, model) => {
      const { draws, kernelWidth, ridge } = chosen;
      return { draws, ...grouping(chosen, model), baseline: baselineOf(chosen, model), kernelWidth, ridge };
    },
    explain,
  }),
);

function grouping(chosen: Params, model: Pick<ModelDescription, 'inputShape'>): Grouping {
  if (isTable(model.inputShape)) return groupingOf(chosen, { cell: [1] });
  const [length = 1, ...others] = positionsOf(model);
  // Pieces of a short signal have four positions at least.
  const segments = others.length === 0 ? Math.min(SEGMENTS, Math.ceil(length / 4)) : SEGMENTS;
  return groupingOf(chosen, { superpixels: { by: 'slic', segments, compactness: 100 } });
}

/** Whether each feature is one position, as pieces of a signal can be too. */
function singlePositions(features: Grouping, model: Pick<ModelDescription, 'inputShape'>): boolean {
  const { most, exact } = featureCount(features, model);
  return exact && most === sizeOf(positionsOf(model));
}

function baselineOf(chosen: Params, model: Pick<ModelDescription, 'inputShape'>) {
  return chosen.baseline ?? (singlePositions(grouping(chosen, model), model) ? 0 : 'feature-mean');
}

/** @throws SPEC_INVALID for more features than the regression can solve for */
function assertFeasible(features: number): void {
  if (features <= MOST_FEATURES) return;
  throw new XaigridError(
    'SPEC_INVALID',
    `lime: ${features} features; at most ${MOST_FEATURES} are feasible. Choose larger cells or fewer superpixels.`,
  );
}

async function explain(options: PrepareOptions<Params>, request: ExplainRequest): Promise<Explanation> {
  const { engine, params: chosen, seed } = options;
  const { inputs, sampleIndices, signal } = request;
  const { draws, kernelWidth, ridge } = chosen;
  const features = featuresOf(grouping(chosen, engine.model), inputs);
  for (const { count } of features) assertFeasible(count);
  const kept = features.map(({ count }, row) => {
    const random = sampleRandom(seed, sampleIndices[row] ?? 0, randomStreams.lime);
    return Array.from({ length: draws }, (_, draw) =>
      draw === 0 ? new Uint8Array(count).fill(1) : new Uint8Array(count).map(() => random.integer(2)),
    );
  });
  const baseline = baselineOf(chosen, engine.model);
  const sampleOf = (row: number) => Math.floor(row / draws);
  const outputs = await maskedOutputs({
    ...{ engine, inputs, explained: request, signal },
    rows: features.length * draws,
    sampleOf,
    maskOf: (row) => row,
    fill: (mask, row) => {
      const [ofSample, members] = [features[sampleOf(row)], kept[sampleOf(row)]?.[row % draws]];
      if (ofSample !== undefined && members !== undefined) showFeatures(mask, ofSample, members);
    },
    baseline: baseline === 'feature-mean' ? featureMeans(inputs, features) : await hiddenValues(baseline, request, options),
  });
  const coefficients = kept.map((members, row) => {
    const weights = Float64Array.from(members, (set) => Math.exp(-(distance(set) ** 2) / (2 * kernelWidth ** 2)));
    return weightedRidge(members, outputs.subarray(row * draws, (row + 1) * draws), weights, ridge);
  });
  const maps = mapsOfFeatures(coefficients, features, positionsOf(engine.model));
  assertFinite('lime map', maps, request);
  return { maps, degenerate: constantMaps(maps), diagnostics: {} };
}

/** The cosine distance of a set from all features: 1 − √(share that is kept). */
function distance(set: Uint8Array): number {
  return 1 - Math.sqrt(set.reduce((sum, member) => sum + member, 0) / set.length);
}
