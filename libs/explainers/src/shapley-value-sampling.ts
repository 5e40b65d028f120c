import { outputsOfClasses, sampleRandom, takeRows } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineExplainer } from './define-explainer.js';
import type { Explainer } from './explainer.js';
import { assertFeatures, featureCount, featureParams, groupingByEighths, showFeatures } from './features.js';
import { maskedOutputs } from './masked-outputs.js';
import { randomStreams } from './random-streams.js';
import { samplesForGradients } from './samples-per-call.js';
import { againstBackground } from './shapley-background.js';
import { targetParams, withTargetParams } from './target.js';

const params = z.strictObject({
  draws: z.int().min(1).max(1_000_000).default(25).meta({
    description: 'Random orders of the features. The standard error falls with their square root.',
  }),
  ...featureParams,
  ...targetParams,
});
type Params = z.infer<typeof params>;

/**
 * Shapley values by sampling (Castro et al. 2009; Štrumbelj & Kononenko 2010): the features of the sample take the place of those of
 * a reference, one after another in a random order. The value of a feature is the mean, over the orders, of what F gains with it.
 * Each order has a reference of the background, drawn with the same probability. The values of a sample add up to F(x) minus the
 * mean of F over the references that were drawn.
 *
 * Draws depend only on the seed and the sample index. Features are cells, by default an eighth of each axis (each feature of a
 * table), or superpixels. Maps are `[n, ...positions]`, without channels. A sample takes draws × (features − 1) passes of the model.
 */
export const shapleyValueSampling: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'shapley-value-sampling',
    title: 'Shapley value sampling',
    version: 1,
    summary: 'Shapley values as mean gains over random orders of the features (Castro et al. 2009).',
    family: 'shapley',
    source:
      'Castro, Gómez & Tejada, Polynomial calculation of the Shapley value based on sampling, 2009; Štrumbelj & Kononenko, An Efficient Explanation of Individual Classifications using Game Theory, JMLR 2010; compared with ShapleyValueSampling of Captum.',
    params,
    usesBackground: true,
    samplesPerCall: (engine, chosen) =>
      samplesForGradients(engine, chosen.draws * featureCount(groupingByEighths(chosen, engine.model), engine.model).most),
    passes: (chosen, model, references) => {
      const { most, exact } = featureCount(groupingByEighths(chosen, model), model);
      return { once: references, forward: 1 + chosen.draws * (most - 1), gradient: 0, ...(exact ? {} : { atMost: true }) };
    },
    validate: (chosen, model) => {
      assertFeatures('shapley-value-sampling', chosen, model);
    },
    plannedParams: (chosen, model) => ({ draws: chosen.draws, ...groupingByEighths(chosen, model) }),
    prepare: (options) =>
      againstBackground(
        { method: 'shapley-value-sampling', grouping: groupingByEighths(options.params, options.engine.model) },
        options,
        async ({ references, ofReferences, outputs, features }, request) => {
          const { engine, seed } = options;
          const { draws } = options.params;
          const orders = features.flatMap(({ count }, sample) => {
            const random = sampleRandom(seed, request.sampleIndices[sample] ?? 0, randomStreams.shapleyValueSampling);
            return Array.from({ length: draws }, () => {
              const order = random.choice(count, count);
              return { sample, order, reference: random.integer(references.shape[0] ?? 1) };
            });
          });
          const steps = orders.flatMap(({ order }, at) => Array.from(order.subarray(1), (_, step) => ({ at, taken: step + 1 })));
          const orderOf = (row: number) => orders[steps[row]?.at ?? -1];
          const found = await maskedOutputs({
            ...{ engine, inputs: request.inputs, explained: request, signal: request.signal },
            rows: steps.length,
            sampleOf: (row) => orderOf(row)?.sample ?? 0,
            maskOf: (row) => row,
            fill: (mask, row) => {
              const { sample = 0, order = new Int32Array() } = orderOf(row) ?? {};
              const [ofSample, shown] = [features[sample], new Uint8Array(order.length)];
              for (const feature of order.subarray(0, steps[row]?.taken)) shown[feature] = 1;
              if (ofSample !== undefined) showFeatures(mask, ofSample, shown);
            },
            baseline: { references, referenceOf: (row) => orderOf(row)?.reference ?? 0 },
          });
          const starts = outputsOfClasses(
            takeRows(
              ofReferences,
              Int32Array.from(orders, ({ reference }) => reference),
            ),
            Int32Array.from(orders, ({ sample }) => request.classes[sample] ?? 0),
            request.contrasts && Int32Array.from(orders, ({ sample }) => request.contrasts?.[sample] ?? 0),
          );
          const gains = features.map(({ count }) => new Float64Array(count));
          let row = 0;
          for (const [at, { sample, order }] of orders.entries()) {
            let before = starts[at] ?? NaN;
            for (const [step, feature] of order.entries()) {
              const after = step === order.length - 1 ? (outputs[sample] ?? NaN) : (found[row++] ?? NaN);
              const ofSample = gains[sample];
              if (ofSample !== undefined) ofSample[feature] = (ofSample[feature] ?? 0) + (after - before) / draws;
              before = after;
            }
          }
          return gains;
        },
      ),
  }),
);
