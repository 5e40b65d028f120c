import { sampleRandom } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineExplainer } from './define-explainer.js';
import type { Explainer } from './explainer.js';
import { assertFeatures, eachFeature, featureCount, featureParams, groupingByEighths, hideFeature } from './features.js';
import { maskedOutputs } from './masked-outputs.js';
import { randomStreams } from './random-streams.js';
import { samplesForGradients } from './samples-per-call.js';
import { againstBackground } from './shapley-background.js';
import { targetParams, withTargetParams } from './target.js';

const params = z.strictObject({
  draws: z.int().min(1).max(100_000).default(10).meta({
    description: 'How many samples of the background lend their feature, each once. All of them if there are not more.',
  }),
  ...featureParams,
  ...targetParams,
});
type Params = z.infer<typeof params>;

/**
 * Feature permutation (Breiman 2001; Fisher et al. 2019), sample by sample: a feature takes the values that it has in another
 * sample, and its value is the mean loss of the class output. Captum permutes a feature within the batch; here it comes from
 * samples of the background, drawn for each sample from the seed and its index, so that a map does not depend on the batch. All
 * features of a sample are lent by the same samples.
 *
 * Features are cells, by default an eighth of each axis (each feature of a table), or superpixels. Maps are `[n, ...positions]`,
 * without channels. A sample takes draws × features passes of the model.
 */
export const featurePermutation: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'feature-permutation',
    title: 'Feature permutation',
    version: 1,
    summary: 'The mean drop of the output when a feature has the values of other samples (Breiman 2001).',
    family: 'perturbation',
    source:
      'Breiman, Random Forests, 2001; Fisher, Rudin & Dominici, All Models are Wrong, but Many are Useful, JMLR 2019, arXiv:1801.01489; compared with FeaturePermutation of Captum.',
    params,
    usesBackground: true,
    samplesPerCall: (engine, chosen) =>
      samplesForGradients(engine, chosen.draws * featureCount(groupingByEighths(chosen, engine.model), engine.model).most),
    passes: (chosen, model, references) => {
      const { most, exact } = featureCount(groupingByEighths(chosen, model), model);
      const forward = 1 + most * Math.min(chosen.draws, references);
      return { once: references, forward, gradient: 0, ...(exact ? {} : { atMost: true }) };
    },
    validate: (chosen, model) => {
      assertFeatures('feature-permutation', chosen, model);
    },
    plannedParams: (chosen, model) => ({ draws: chosen.draws, ...groupingByEighths(chosen, model) }),
    prepare: (options) =>
      againstBackground(
        { method: 'feature-permutation', grouping: groupingByEighths(options.params, options.engine.model) },
        options,
        async ({ references, outputs, features }, request) => {
          const { engine, seed } = options;
          const count = references.shape[0] ?? 0;
          const draws = Math.min(options.params.draws, count);
          const lenders = Array.from(request.sampleIndices, (sampleIndex) =>
            sampleRandom(seed, sampleIndex, randomStreams.featurePermutation).choice(count, draws),
          );
          const lent = eachFeature(features);
          const sampleOf = (row: number) => lent[Math.floor(row / draws)]?.sample ?? 0;
          const found = await maskedOutputs({
            ...{ engine, inputs: request.inputs, explained: request, signal: request.signal },
            rows: lent.length * draws,
            sampleOf,
            maskOf: (row) => Math.floor(row / draws),
            fill: (mask, at) => {
              const hidden = lent[at];
              if (hidden !== undefined) hideFeature(mask, hidden);
            },
            baseline: { references, referenceOf: (row) => lenders[sampleOf(row)]?.[row % draws] ?? 0 },
          });
          const losses = features.map(({ count: own }) => new Float64Array(own));
          for (const [at, { sample, feature }] of lent.entries()) {
            const ofSample = losses[sample];
            if (ofSample === undefined) continue;
            for (const output of found.subarray(at * draws, (at + 1) * draws))
              ofSample[feature] = (ofSample[feature] ?? 0) + ((outputs[sample] ?? NaN) - output) / draws;
          }
          return losses;
        },
      ),
  }),
);
