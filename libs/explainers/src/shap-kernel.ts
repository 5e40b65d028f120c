import { XaigridError } from '@xaigrid/contracts';
import type { ModelDescription } from '@xaigrid/engine';
import { outputsOfClasses, outputsOfReference, sampleRandom, sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { boxesOver, runsOf } from './cells.js';
import { meanOutputs } from './class-outputs.js';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { maskedOutputs } from './masked-outputs.js';
import { positionsOf } from './model-layers.js';
import { randomStreams } from './random-streams.js';
import { requiredBackground } from './required-background.js';
import { samplesForGradients } from './samples-per-call.js';
import { chooseCoalitions, coalitionCount } from './shap-kernel/coalitions.js';
import { constrainedLeastSquares } from './shap-kernel/constrained-least-squares.js';
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
  ...targetParams,
});
type Params = z.infer<typeof params>;

/**
 * Kernel SHAP (Lundberg & Lee 2017, "A unified approach to interpreting model predictions", arXiv:1705.07874): Shapley values by
 * a weighted regression over coalitions. The value of a coalition is the mean of F over background references r, with the
 * coalition's features from x and the others from r. F is p_c, or what `target` and `contrast` say. φ is constrained to Σφ = F(x)
 * − mean_r F(r).
 *
 * A feature is a cell of positions with all their channels. Maps are `[n, ...positions]`: each position has the φ of its cell. A
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
      const coalitions = coalitionCount(featuresOf(chosen, model), chosen.coalitions);
      return { once: references, forward: 1 + coalitions * references, gradient: 0 };
    },
    validate: (chosen, model) => {
      const positions = positionsOf(model);
      const cell = cellOf(chosen, model);
      if (cell.length !== positions.length)
        throw new XaigridError(
          'SHAPE_MISMATCH',
          `shap-kernel: a cell of [${cell.join(', ')}] does not fit positions of [${positions.join(', ')}]. Give one number for each axis.`,
        );
      const features = featuresOf(chosen, model);
      if (features > MOST_FEATURES)
        throw new XaigridError(
          'SPEC_INVALID',
          `shap-kernel: cells of [${cell.join(', ')}] make ${features} features; at most ${MOST_FEATURES} are feasible. Choose a larger "cell".`,
        );
      if (chosen.coalitions < 2 * features && features > 1)
        throw new XaigridError(
          'SPEC_INVALID',
          `shap-kernel: ${features} features need at least ${2 * features} coalitions, not ${chosen.coalitions}. Raise "coalitions" or choose a larger "cell".`,
        );
    },
    plannedParams: (chosen, model) => ({ coalitions: chosen.coalitions, cell: [...cellOf(chosen, model)] }),
    prepare: async (options) => {
      const references = await requiredBackground(shapKernel.method, options.background).load(options.signal);
      options.signal?.throwIfAborted();
      const expected = meanOutputs(await options.engine.predict(references));
      return { explain: (request) => explain(options, { references, expected }, request), close: () => Promise.resolve() };
    },
  }),
);

function cellOf({ cell }: Params, model: Pick<ModelDescription, 'inputShape'>): readonly number[] {
  return cell ?? positionsOf(model).map(() => 1);
}

function featuresOf(chosen: Params, model: Pick<ModelDescription, 'inputShape'>): number {
  const cell = cellOf(chosen, model);
  return sizeOf(positionsOf(model).map((length, axis) => Math.ceil(length / (cell[axis] ?? 1))));
}

interface References {
  /** `[m, ...inputShape]` */
  readonly references: Tensor;
  /** Mean outputs of the references, one a class. */
  readonly expected: Float64Array<ArrayBuffer>;
}

async function explain(options: PrepareOptions<Params>, background: References, request: ExplainRequest): Promise<Explanation> {
  const { engine } = options;
  const positions = positionsOf(engine.model);
  const size = sizeOf(positions);
  const cell = cellOf(options.params, engine.model);
  const features = boxesOver(positions, cell, cell).map((box) => runsOf(box, positions));
  const outputs = outputsOfClasses(await engine.predict(request.inputs), request.classes, request.contrasts);
  const ofReferences = outputsOfReference(background.expected, request);
  const data = new Float32Array(outputs.length * size);
  for (const [row, output] of outputs.entries()) {
    const empty = ofReferences[row] ?? NaN;
    const phi = await shapleyValues(options, background.references, request, { row, output, empty, features });
    for (const [feature, runs] of features.entries())
      for (const [first, length] of runs) data.fill(phi[feature] ?? NaN, row * size + first, row * size + first + length);
  }
  const maps: Tensor = { shape: [outputs.length, ...positions], data };
  assertFinite('shap-kernel map', maps, request);
  return { maps, degenerate: constantMaps(maps), diagnostics: {} };
}

/** φ of one sample, one a feature. */
async function shapleyValues(
  { engine, params: { coalitions: most }, seed }: PrepareOptions<Params>,
  references: Tensor,
  request: ExplainRequest,
  sample: {
    readonly row: number;
    readonly output: number;
    readonly empty: number;
    readonly features: readonly ReturnType<typeof runsOf>[];
  },
): Promise<Float64Array> {
  const { inputs, sampleIndices, signal } = request;
  const { row, output, empty, features } = sample;
  if (features.length === 1) return Float64Array.of(output - empty);
  const random = sampleRandom(seed, sampleIndices[row] ?? 0, randomStreams.shapKernel);
  const coalitions = chooseCoalitions(features.length, most, random);
  const count = references.shape[0] ?? 0;
  const outputs = await maskedOutputs({
    ...{ engine, inputs, explained: request, signal },
    rows: coalitions.members.length * count,
    sampleOf: () => row,
    maskOf: (at) => Math.floor(at / count),
    fill: (mask, coalition) => {
      for (const [feature, runs] of features.entries()) {
        if (coalitions.members[coalition]?.[feature] !== 1) continue;
        for (const [first, length] of runs) mask.fill(1, first, first + length);
      }
    },
    baseline: { references, referenceOf: (at) => at % count },
  });
  const values = Float64Array.from(coalitions.members, (_, j) => {
    let sum = 0;
    for (let r = 0; r < count; r++) sum += outputs[j * count + r] ?? NaN;
    return sum / count - empty;
  });
  return constrainedLeastSquares(coalitions, values, output - empty);
}
