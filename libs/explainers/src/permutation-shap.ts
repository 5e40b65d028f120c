import { sampleRandom } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineExplainer } from './define-explainer.js';
import type { Explainer } from './explainer.js';
import { assertFeatures, featureCount, featureParams, groupingByEighths } from './features.js';
import { randomStreams } from './random-streams.js';
import { samplesForGradients } from './samples-per-call.js';
import { byCoalitions } from './shapley-background.js';
import { targetParams, withTargetParams } from './target.js';

const params = z.strictObject({
  draws: z.int().min(1).max(100_000).default(10).meta({
    description: 'Random orders of the features. Each is gone through forwards and backwards.',
  }),
  ...featureParams,
  ...targetParams,
});
type Params = z.infer<typeof params>;

/**
 * Permutation SHAP, as PermutationExplainer of shap computes it: Shapley values by random orders of the features, each gone through
 * forwards and backwards (antithetic sampling, Mitchell et al. 2022, "Sampling permutations for Shapley value estimation",
 * arXiv:2104.12199). v(S) is the mean of F over all background references, with the features of S from the sample. One order is
 * exact where features interact in pairs at most, and the values of each order add up to F(x) − mean_r F(r).
 *
 * Draws depend only on the seed and the sample index. Features are cells, by default an eighth of each axis (each feature of a
 * table), or superpixels. Maps are `[n, ...positions]`, without channels. A sample takes 2·draws·(features − 1)·references passes
 * of the model.
 */
export const permutationShap: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'permutation-shap',
    title: 'Permutation SHAP',
    version: 1,
    summary: 'Shapley values over random orders, each forwards and backwards (Mitchell et al. 2022).',
    family: 'shapley',
    source:
      'Mitchell, Cooper, Frank & Holmes, Sampling Permutations for Shapley Value Estimation, JMLR 2022, arXiv:2104.12199; compared with PermutationExplainer of shap.',
    params,
    usesBackground: true,
    samplesPerCall: (engine, chosen) =>
      samplesForGradients(engine, 2 * chosen.draws * featureCount(groupingByEighths(chosen, engine.model), engine.model).most),
    passes: (chosen, model, references) => {
      const { most, exact } = featureCount(groupingByEighths(chosen, model), model);
      const forward = 1 + 2 * chosen.draws * (most - 1) * references;
      return { once: references, forward, gradient: 0, ...(exact ? {} : { atMost: true }) };
    },
    validate: (chosen, model) => {
      assertFeatures('permutation-shap', chosen, model);
    },
    plannedParams: (chosen, model) => ({ draws: chosen.draws, ...groupingByEighths(chosen, model) }),
    prepare: (options) =>
      byCoalitions(
        { method: 'permutation-shap', grouping: groupingByEighths(options.params, options.engine.model) },
        options,
        async ({ count, sampleIndex, ends, valuesOf }) => {
          const random = sampleRandom(options.seed, sampleIndex, randomStreams.permutationShap);
          const orders = Array.from({ length: options.params.draws }, () => random.choice(count, count)).flatMap((order) => [
            order,
            order.toReversed(),
          ]);
          return meanGains(orders, await valuesOf(orders.flatMap((order) => prefixesOf(order))), ends);
        },
      ),
  }),
);

/** The first feature of an order, the first two …, all but the last. */
function prefixesOf(order: Int32Array): Uint8Array[] {
  return Array.from(order.subarray(1), (_, step) => {
    const members = new Uint8Array(order.length);
    for (const feature of order.subarray(0, step + 1)) members[feature] = 1;
    return members;
  });
}

/** The mean gain of each feature. @param values v of the prefixes, order after order */
function meanGains(
  orders: readonly Int32Array[],
  values: Float64Array,
  { empty, full }: { readonly empty: number; readonly full: number },
): Float64Array {
  const gains = new Float64Array(orders[0]?.length ?? 0);
  let at = 0;
  for (const order of orders) {
    let before = empty;
    for (const [step, feature] of order.entries()) {
      const after = step === order.length - 1 ? full : (values[at++] ?? NaN);
      gains[feature] = (gains[feature] ?? 0) + (after - before) / orders.length;
      before = after;
    }
  }
  return gains;
}
