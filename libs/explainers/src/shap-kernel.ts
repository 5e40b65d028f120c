import { XaigridError } from '@xaigrid/contracts';
import type { ModelDescription } from '@xaigrid/engine';
import { sampleRandom } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineExplainer } from './define-explainer.js';
import type { Explainer } from './explainer.js';
import { assertFeatures, featureCount, featureParams, groupingOf, type Grouping } from './features.js';
import { positionsOf } from './model-layers.js';
import { randomStreams } from './random-streams.js';
import { samplesForGradients } from './samples-per-call.js';
import { chooseCoalitions, coalitionCount } from './shap-kernel/coalitions.js';
import { constrainedLeastSquares } from './shap-kernel/constrained-least-squares.js';
import { byCoalitions } from './shapley-background.js';
import { targetParams, withTargetParams } from './target.js';

/** The regression takes features³ operations: at this number a few seconds per sample. */
const MOST_FEATURES = 1024;

const params = z.strictObject({
  coalitions: z.int().min(2).max(1_000_000).default(2048).meta({
    description:
      'The largest number of coalitions of features, each tried with every reference. The result is exact if this covers all coalitions.',
  }),
  cell: z.array(z.int().min(1)).min(1).optional().meta({
    description:
      'Size of a feature, one number per axis, such as [16, 16]: its positions are kept or replaced together. Default: one position.',
  }),
  superpixels: featureParams.superpixels,
  ...targetParams,
});
type Params = z.infer<typeof params>;

/**
 * Kernel SHAP (Lundberg & Lee 2017, "A unified approach to interpreting model predictions", arXiv:1705.07874): Shapley values by
 * a weighted regression over coalitions. The value of a coalition is the mean of F over background references r, with the
 * coalition's features from x and the others from r. F is p_c, or what `target` and `contrast` say. φ is constrained to Σφ = F(x)
 * − mean_r F(r).
 *
 * A feature is a cell of positions with all their channels, or a superpixel. Maps are `[n, ...positions]`: each position has the φ of its feature. A
 * sample takes coalitions × references passes of the model, so use a background of a few references.
 */
export const shapKernel: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'shap-kernel',
    title: 'Kernel SHAP',
    version: 1,
    summary: 'Shapley values by weighted regression over coalitions (Lundberg & Lee 2017).',
    family: 'shapley',
    source:
      'Lundberg & Lee, A Unified Approach to Interpreting Model Predictions, NeurIPS 2017, arXiv:1705.07874; compared with KernelExplainer of shap.',
    params,
    usesBackground: true,
    samplesPerCall: (engine, { coalitions }) => samplesForGradients(engine, coalitions),
    passes: (chosen, model, references) => {
      const { most, exact } = featureCount(grouping(chosen, model), model);
      const coalitions = coalitionCount(most, chosen.coalitions);
      return { once: references, forward: 1 + coalitions * references, gradient: 0, ...(exact ? {} : { atMost: true }) };
    },
    validate: (chosen, model) => {
      assertFeatures('shap-kernel', chosen, model);
      const features = grouping(chosen, model);
      const { most, exact } = featureCount(features, model);
      const made =
        'cell' in features
          ? `cells of [${features.cell.join(', ')}] make ${most} features`
          : `such superpixels can be ${exact ? '' : 'up to '}${most} features`;
      const larger = 'cell' in features ? 'a larger "cell"' : 'fewer "superpixels"';
      if (most > MOST_FEATURES)
        throw new XaigridError('SPEC_INVALID', `shap-kernel: ${made}; at most ${MOST_FEATURES} are feasible. Choose ${larger}.`);
      if (chosen.coalitions < 2 * most && most > 1)
        throw new XaigridError(
          'SPEC_INVALID',
          `shap-kernel: ${most} features need at least ${2 * most} coalitions, not ${chosen.coalitions}. Raise "coalitions" or choose ${larger}.`,
        );
    },
    plannedParams: (chosen, model) => {
      const { coalitions, superpixels } = chosen;
      return { coalitions, ...(superpixels === undefined ? { cell: [...cellOf(chosen, model)] } : { superpixels }) };
    },
    prepare: (options) =>
      byCoalitions(
        { method: 'shap-kernel', grouping: grouping(options.params, options.engine.model) },
        options,
        async ({ count, sampleIndex, ends: { empty, full }, valuesOf }) => {
          if (count === 1) return Float64Array.of(full - empty);
          const random = sampleRandom(options.seed, sampleIndex, randomStreams.shapKernel);
          const coalitions = chooseCoalitions(count, options.params.coalitions, random);
          const found = await valuesOf(coalitions.members);
          return constrainedLeastSquares(
            coalitions,
            found.map((value) => value - empty),
            full - empty,
          );
        },
      ),
  }),
);

function cellOf({ cell }: Params, model: Pick<ModelDescription, 'inputShape'>): readonly number[] {
  return cell ?? positionsOf(model).map(() => 1);
}

function grouping(chosen: Params, model: Pick<ModelDescription, 'inputShape'>): Grouping {
  return groupingOf(chosen, { cell: cellOf(chosen, model) });
}
