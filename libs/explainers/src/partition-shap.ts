import { XaigridError } from '@xaigrid/contracts';
import type { ModelDescription } from '@xaigrid/engine';
import { isTable, outputsOfClasses } from '@xaigrid/tensor';
import { z } from 'zod';
import { coalitionValues, type Replacing } from './coalition-values.js';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { assertFeatures, featuresOf, mapsOfFeatures } from './features.js';
import { hiddenDescription, hiddenSchema, hiddenValues } from './hidden-values.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { positionsOf } from './model-layers.js';
import { allCoalitions, correlatedFeatures, halvesOf, type Cluster } from './partition-shap/hierarchy.js';
import { owenValues } from './partition-shap/owen-values.js';
import { requiredBackground } from './required-background.js';
import { samplesForGradients } from './samples-per-call.js';
import { targetParams, withTargetParams } from './target.js';

const params = z.strictObject({
  coalitions: z.int().min(4).max(100_000).default(500).meta({
    description:
      'The largest number of coalitions of features that are tried, the empty and the full one among them. The result is exact if all are tried.',
  }),
  cell: z.array(z.int().min(1)).min(1).optional().meta({
    description: 'Size of a feature, one number per axis, such as [4, 4]. Default: one position.',
  }),
  baseline: z
    .union([hiddenSchema, z.literal('background')])
    .default('mean')
    .meta({
      description: `What takes the place of features outside a coalition. background: every sample of \`background: { dataset: NAME, size: N }\`, averaged; ${hiddenDescription} A table needs background.`,
    }),
  ...targetParams,
});
type Params = z.infer<typeof params>;
type Model = Pick<ModelDescription, 'inputShape'>;

/**
 * Partition SHAP, as PartitionExplainer of shap computes it: Owen values (Owen 1977, "Values of games with a priori unions") over a
 * hierarchy of features. A coalition is made of whole clusters, so that the cost grows with the square of the number of features,
 * and not with 2 to its power. Positions are cut into halves of halves; features of a table are clustered by their correlation
 * over the background. v(S) is F with the features of S from the sample and the others from the baseline.
 *
 * The values add up to F(x) − v(∅), whatever the number of coalitions. A feature has all channels of its positions. Maps are
 * `[n, ...positions]`, without channels.
 */
export const partitionShap: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'partition-shap',
    title: 'Partition SHAP',
    version: 1,
    summary: 'Owen values over halves of halves of the sample (Owen 1977; Lundberg).',
    family: 'shapley',
    source:
      'Owen, Values of Games with a Priori Unions, 1977, doi:10.1007/978-3-642-45494-3_7; PartitionExplainer of shap 0.51.0.',
    params,
    usesBackground: true,
    needsBackground: ({ baseline }) => baseline === 'background' || baseline === 'background-mean',
    samplesPerCall: (engine, { coalitions }) => samplesForGradients(engine, coalitions),
    passes: (chosen, model, references) => {
      const ofBackground = chosen.baseline === 'background';
      const rows = (coalitions: number) => coalitions * (ofBackground ? references : 1);
      if (!isTable(model.inputShape)) return { forward: 1 + rows(1 + triedOf(chosen, halves(chosen, model))), gradient: 0 };
      return { forward: 1 + rows(1 + budgetOf(chosen)), gradient: 0, atMost: true };
    },
    validate: (chosen, model) => {
      assertFeatures('partition-shap', chosen, model);
      if (!isTable(model.inputShape)) return;
      if (chosen.baseline !== 'background')
        throw new XaigridError(
          'SPEC_INVALID',
          'partition-shap: the features of a table are clustered by their correlation over a background. Set baseline: background, and background: { dataset, size }.',
        );
      if (chosen.cell !== undefined)
        throw new XaigridError('SPEC_INVALID', 'partition-shap: each column of a table is a feature. Leave "cell" out.');
    },
    plannedParams: (chosen, model) => {
      const { coalitions, baseline } = chosen;
      return { coalitions, cell: cellOf(chosen, model), baseline };
    },
    prepare: async (options) => {
      const { engine, params: chosen, background, signal } = options;
      const { baseline } = chosen;
      const close = () => Promise.resolve();
      if (baseline !== 'background') {
        const root = halves(chosen, engine.model);
        const explainBy = async (request: ExplainRequest) =>
          explain(options, request, { root, replacing: { values: await hiddenValues(baseline, request, options) } });
        return { explain: explainBy, close };
      }
      const references = await requiredBackground('partition-shap', background).load(signal);
      const root = isTable(engine.model.inputShape) ? correlatedFeatures(references) : halves(chosen, engine.model);
      return { explain: (request) => explain(options, request, { root, replacing: { references } }), close };
    },
  }),
);

function cellOf({ cell }: Params, model: Model): readonly number[] {
  return cell ?? positionsOf(model).map(() => 1);
}

function halves(chosen: Params, model: Model): Cluster {
  const cell = cellOf(chosen, model);
  return halvesOf(positionsOf(model).map((length, axis) => Math.ceil(length / (cell[axis] ?? 1))));
}

/** Coalitions besides the empty and the full one, which are tried in pairs: one more if the number is odd, as in shap. */
function budgetOf({ coalitions }: Params): number {
  return 2 * Math.ceil((coalitions - 2) / 2);
}

function triedOf(chosen: Params, root: Cluster): number {
  return Math.min(budgetOf(chosen), allCoalitions(root));
}

async function explain(
  { engine, params: chosen }: PrepareOptions<Params>,
  request: ExplainRequest,
  { root, replacing }: { readonly root: Cluster; readonly replacing: Replacing },
): Promise<Explanation> {
  const { inputs, classes, contrasts, signal } = request;
  const features = featuresOf({ cell: cellOf(chosen, engine.model) }, inputs);
  const outputs = outputsOfClasses(await engine.predict(inputs), classes, contrasts);
  const values: Float64Array[] = [];
  for (const [row, ofRow] of features.entries()) {
    signal?.throwIfAborted();
    const valuesOf = (members: readonly Uint8Array[]) =>
      coalitionValues({ engine, replacing }, request, { row, features: ofRow, members });
    const [empty = NaN] = await valuesOf([new Uint8Array(ofRow.count)]);
    values.push(await owenValues(root, { ends: { empty, full: outputs[row] ?? NaN }, budget: budgetOf(chosen), valuesOf }));
  }
  const maps = mapsOfFeatures(values, features, positionsOf(engine.model));
  assertFinite('partition-shap map', maps, request);
  return { maps, degenerate: constantMaps(maps), diagnostics: {} };
}
