import type { ExpectedGradients } from '@xaigrid/engine';
import { outputsOfClasses, outputsOfReference, rowsOf, sampleRandom, sumOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { channelsParam, joinChannels, plannedChannels, shapeWithChannels } from './channels.js';
import { meanOutputs } from './class-outputs.js';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { randomStreams } from './random-streams.js';
import { requiredBackground } from './required-background.js';
import { samplesForGradients } from './samples-per-call.js';
import { targetParams, withTargetParams } from './target.js';

const params = z.strictObject({
  draws: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(200)
    .meta({ description: 'Points per sample at which the gradient is taken. The standard error falls with their square root.' }),
  sampling: z.enum(['iid', 'stratified']).default('iid').meta({
    description:
      'iid: fractions t are uniform in (0, 1), as in shap. stratified: one in each of `draws` equal strata, which has less noise.',
  }),
  ...channelsParam,
  ...targetParams,
});
type Params = z.infer<typeof params>;

/**
 * Gradient SHAP, that is expected gradients (Erion et al. 2021, "Improving performance of deep learning models with axiomatic
 * attribution priors and expected gradients", arXiv:1906.10670): φ = mean over draws of ∇F(t·x + (1 − t)·r) ⊙ (x − r),
 * with t ~ U(0, 1) and r from the background, each reference equally likely, as in `shap.GradientExplainer`.
 *
 * Draws depend only on the seed and the sample index. Maps are `[n, ...inputShape]`, with channels, or `[n, ...positions]`
 * with the channels added up. Diagnostics:
 * `meanStandardError` and `maxStandardError` over the input's values, from the draws' sample variance (an upper bound when
 * stratified; absent for a single draw); `additivityError`: |Σφ − (F(x) − mean_r F(r))|, which is sampling error.
 */
export const shapGradient: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'shap-gradient',
    title: 'Gradient SHAP',
    version: 2,
    summary: 'Expected gradients between sample and background references (Erion et al. 2021).',
    family: 'shapley',
    source:
      'Erion et al., Improving performance of deep learning models with axiomatic attribution priors and expected gradients, 2021, arXiv:1906.10670; compared with GradientExplainer of shap.',
    params,
    usesBackground: true,
    samplesPerCall: (engine, { draws }) => samplesForGradients(engine, draws),
    passes: ({ draws }, _model, references) => ({ once: references, forward: 1, gradient: draws }),
    mapShape: shapeWithChannels,
    needs: () => ({ gradientsOf: 'input' }),
    plannedParams: ({ draws, sampling, channels }) => ({ draws, sampling, ...plannedChannels(channels) }),
    prepare: async (options) => {
      const { engine, signal } = options;
      const background = requiredBackground(shapGradient.method, options.background);
      const references = await background.load(signal);
      signal?.throwIfAborted();
      const expected = meanOutputs(await engine.predict(references));
      const gradients = await engine.expectedGradients(references);
      const size = references.shape[0] ?? 0;
      return {
        explain: (request) => explain(options, { gradients, expected, size }, request),
        close: () => gradients.close(),
      };
    },
  }),
);

interface References {
  readonly gradients: ExpectedGradients;
  /** Mean outputs of the references, one a class. */
  readonly expected: Float64Array<ArrayBuffer>;
  readonly size: number;
}

async function explain(
  { engine, params: { draws, sampling, channels }, seed }: PrepareOptions<Params>,
  { gradients, expected, size }: References,
  request: ExplainRequest,
): Promise<Explanation> {
  const { inputs, classes, contrasts, sampleIndices, signal } = request;
  signal?.throwIfAborted();
  const drawn = drawPoints({ sampleIndices, seed, draws, size, stratified: sampling === 'stratified' });
  const { attributions, standardErrors } = await gradients.attribute({ inputs, classes, contrasts, draws, ...drawn });
  assertFinite('shap-gradient map', attributions, request);
  const outputs = outputsOfClasses(await engine.predict(inputs), classes, contrasts);
  const ofReferences = outputsOfReference(expected, request);
  const additivityError = outputs.map((output, sample) =>
    Math.abs(sumOf(rowsOf(attributions, sample, sample + 1).data) - (output - (ofReferences[sample] ?? NaN))),
  );
  const maps = joinChannels(attributions, channels);
  return {
    maps,
    degenerate: constantMaps(maps),
    diagnostics: { additivityError, ...(draws < 2 ? {} : errorsOf(standardErrors)) },
  };
}

/** References and fractions of all draws, `[n, draws]`; those of a sample do not depend on the other samples. */
function drawPoints(wanted: {
  readonly sampleIndices: ExplainRequest['sampleIndices'];
  readonly seed: number;
  readonly draws: number;
  readonly size: number;
  readonly stratified: boolean;
}) {
  const { sampleIndices, seed, draws, size, stratified } = wanted;
  const references = new Int32Array(sampleIndices.length * draws);
  const fractions = new Float32Array(references.length);
  for (const [row, sampleIndex] of sampleIndices.entries()) {
    const random = sampleRandom(seed, sampleIndex, randomStreams.shapGradient);
    for (let draw = 0; draw < draws; draw++) {
      references[row * draws + draw] = random.integer(size);
      const uniform = random.uniform();
      fractions[row * draws + draw] = stratified ? (draw + uniform) / draws : uniform;
    }
  }
  return { references, fractions };
}

/** Only the mean and the maximum of the standard errors are stored, because maps of them would double the size of a run. */
function errorsOf(standardErrors: Tensor) {
  const samples = standardErrors.shape[0] ?? 0;
  const meanStandardError = new Float64Array(samples);
  const maxStandardError = new Float64Array(samples);
  for (let sample = 0; sample < samples; sample++) {
    const errors = rowsOf(standardErrors, sample, sample + 1).data;
    meanStandardError[sample] = sumOf(errors) / errors.length;
    maxStandardError[sample] = errors.reduce((largest, error) => Math.max(largest, error), 0);
  }
  return { meanStandardError, maxStandardError };
}
