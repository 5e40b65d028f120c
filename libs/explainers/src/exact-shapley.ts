import { XaigridError } from '@xaigrid/contracts';
import type { ModelDescription } from '@xaigrid/engine';
import { isTable } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineExplainer } from './define-explainer.js';
import type { Explainer } from './explainer.js';
import { assertFeatures, featureCount, featureParams, groupingOf, type Grouping } from './features.js';
import { positionsOf } from './model-layers.js';
import { samplesForGradients } from './samples-per-call.js';
import { byCoalitions } from './shapley-background.js';
import { targetParams, withTargetParams } from './target.js';

/** 65,536 coalitions, each tried with every reference. */
const MOST_FEATURES = 16;

const params = z.strictObject({ ...featureParams, ...targetParams });
type Params = z.infer<typeof params>;

/**
 * Shapley values by their definition (Shapley 1953): φ_i = Σ_S |S|!·(M − |S| − 1)!/M!·(v(S ∪ i) − v(S)) over all sets S of the other
 * features. v(S) is the mean of F over background references, with the features of S from the sample and the others from the
 * reference, as in Kernel SHAP. The exact answer for few features, which other methods estimate.
 *
 * Features are cells or superpixels, by default a quarter of each axis of an image, a sixteenth of a signal, and each feature of a
 * table. Maps are `[n, ...positions]`, without channels. A sample takes 2^features × references passes of the model.
 */
export const exactShapley: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'exact-shapley',
    title: 'Exact Shapley values',
    version: 1,
    summary: `Shapley values by their definition, over all coalitions of at most ${MOST_FEATURES} features (Shapley 1953).`,
    family: 'shapley',
    source: 'Shapley, A Value for n-Person Games, 1953; compared with ExactExplainer of shap.',
    params,
    usesBackground: true,
    samplesPerCall: (engine, chosen) =>
      samplesForGradients(engine, 2 ** featureCount(grouping(chosen, engine.model), engine.model).most),
    passes: (chosen, model, references) => {
      const { most, exact } = featureCount(grouping(chosen, model), model);
      return { once: references, forward: 1 + (2 ** most - 2) * references, gradient: 0, ...(exact ? {} : { atMost: true }) };
    },
    validate: (chosen, model) => {
      assertFeatures('exact-shapley', chosen, model);
      const { most, exact } = featureCount(grouping(chosen, model), model);
      if (most <= MOST_FEATURES) return;
      throw new XaigridError(
        'SPEC_INVALID',
        `exact-shapley: there are ${exact ? '' : 'up to '}${most} features, and ${MOST_FEATURES} are the most: each one more doubles the passes. Choose a larger "cell" or fewer superpixels, or shap-kernel or shapley-value-sampling, which estimate the same values.`,
      );
    },
    plannedParams: (chosen, model) => ({ ...grouping(chosen, model) }),
    prepare: (options) =>
      byCoalitions(
        { method: 'exact-shapley', grouping: grouping(options.params, options.engine.model) },
        options,
        async ({ count, ends, valuesOf }) => {
          const found = await valuesOf(properCoalitions(count));
          return shapleyValues(Float64Array.of(ends.empty, ...found, ends.full), count);
        },
      ),
  }),
);

function grouping(chosen: Params, { inputShape }: Pick<ModelDescription, 'inputShape'>): Grouping {
  const positions = positionsOf({ inputShape });
  const parts = Math.floor(MOST_FEATURES ** (1 / positions.length) + 1e-9);
  return groupingOf(chosen, { cell: positions.map((length) => (isTable(inputShape) ? 1 : Math.ceil(length / parts))) });
}

/** All coalitions but the empty and the full one, in the order of the numbers whose bits are their members. */
function properCoalitions(features: number): Uint8Array[] {
  return Array.from({ length: 2 ** features - 2 }, (_, at) =>
    Uint8Array.from({ length: features }, (__, feature) => ((at + 1) >> feature) & 1),
  );
}

/** φ of each feature, in float64. @param values v of each coalition, by the number whose bits are its members */
function shapleyValues(values: Float64Array, features: number): Float64Array {
  // |S|!·(M − |S| − 1)!/M! = 1/(M·C(M − 1, |S|)).
  const weights = new Float64Array(features);
  for (let size = 0, choose = 1; size < features; size++) {
    weights[size] = 1 / (features * choose);
    choose = (choose * (features - 1 - size)) / (size + 1);
  }
  const sizes = new Uint8Array(values.length);
  for (let set = 1; set < values.length; set++) sizes[set] = (sizes[set >> 1] ?? 0) + (set & 1);
  return Float64Array.from({ length: features }, (_, feature) => {
    let sum = 0;
    for (let set = 0; set < values.length; set++) {
      if (((set >> feature) & 1) === 1) continue;
      sum += (weights[sizes[set] ?? 0] ?? NaN) * ((values[set | (1 << feature)] ?? NaN) - (values[set] ?? NaN));
    }
    return sum;
  });
}
