import { XaigridError } from '@xaigrid/contracts';
import { blurredExactly, type Engine } from '@xaigrid/engine';
import { isTable, outputsOfClasses, rowsOf, sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { additivity } from './additivity.js';
import { channelsParam, joinChannels, plannedChannels, shapeWithChannels } from './channels.js';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { inputGradient } from './input-gradient.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { samplesForGradients } from './samples-per-call.js';
import { targetParams, withTargetParams } from './target.js';

const params = z.strictObject({
  maxSigma: z
    .number()
    .positive()
    .max(1000)
    .default(50)
    .meta({ description: 'Standard deviation of the blur at the start of the path, in positions.' }),
  steps: z.int().min(1).max(100_000).default(100).meta({ description: 'Parts of the path, with a gradient each.' }),
  spacing: z.enum(['linear', 'square-root']).default('linear').meta({
    description: 'Whether standard deviations lie at equal distances, or the square roots of equal steps up to maxSigma.',
  }),
  rule: z.enum(['midpoint', 'left']).default('midpoint').meta({
    description:
      'midpoint: the gradient in the middle of each part, times the change of the sample over it. left: the gradient at the sharper end, times the slope there, as in saliency.',
  }),
  border: z.enum(['reflect', 'zero']).default('reflect').meta({
    description: 'What lies beyond the borders for the blur: the sample reflected, or zeros, as in saliency.',
  }),
  ...channelsParam,
  ...targetParams,
});
type Params = z.infer<typeof params>;

/** The distance over which saliency takes the slope of the blur, in positions. */
const SLOPE_STEP = 0.01;

/**
 * Blur integrated gradients (Xu et al. 2020, "Attribution in scale and space", arXiv:2004.03383): the gradient integrated along
 * the path from the blurred sample to the sample, on which the standard deviation of a Gaussian goes to 0.
 *
 * Maps are `[n, ...inputShape]`, with channels, or `[n, ...positions]` with the channels added up. Diagnostics:
 * `additivityError`, |Σφ − (F(x) − F(blurred x))|, and `additivityMiss`, its share of the change.
 */
export const blurIntegratedGradients: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'blur-integrated-gradients',
    title: 'Blur integrated gradients',
    version: 1,
    summary: 'Gradients integrated while the sample comes out of a blur (Blur-IG, Xu et al. 2020).',
    family: 'gradient',
    source:
      'Xu et al., Attribution in Scale and Space, CVPR 2020, arXiv:2004.03383; compared with BlurIG of saliency (options rule: left, border: zero).',
    params,
    sumRemedy: 'raise steps',
    samplesPerCall: (engine, { steps }) => samplesForGradients(engine, steps),
    passes: ({ steps }) => ({ forward: 2, gradient: steps }),
    mapShape: shapeWithChannels,
    validate: (_params, { inputShape }) => {
      if (!isTable(inputShape)) return;
      throw new XaigridError(
        'SHAPE_MISMATCH',
        'blur-integrated-gradients: a table cannot be blurred, because neighbouring features mean nothing. Use integrated-gradients.',
      );
    },
    needs: () => ({ gradientsOf: 'input' }),
    plannedParams: ({ maxSigma, steps, spacing, rule, border, channels }) => ({
      ...{ maxSigma, steps, spacing, rule, border },
      ...plannedChannels(channels),
    }),
    explain,
  }),
);

async function explain({ engine, params: chosen }: PrepareOptions<Params>, request: ExplainRequest): Promise<Explanation> {
  const { inputs, classes, contrasts, signal } = request;
  const size = sizeOf(engine.model.inputShape);
  const attributions: Tensor = { shape: inputs.shape, data: new Float32Array(inputs.data.length) };
  const starts = new Float32Array(inputs.data.length);
  for (const sample of classes.keys()) {
    const { data: x } = rowsOf(inputs, sample, sample + 1);
    const explained = {
      ...request,
      classes: classes.subarray(sample, sample + 1),
      contrasts: contrasts?.subarray(sample, sample + 1),
    };
    const { sums, start } = await integrate(engine, chosen, Float64Array.from(x), explained);
    attributions.data.set(sums, sample * size);
    starts.set(start, sample * size);
  }
  assertFinite('blur-integrated-gradients map', attributions, request);
  signal?.throwIfAborted();
  const [outputs, ofStarts] = [await engine.predict(inputs), await engine.predict({ shape: inputs.shape, data: starts })].map(
    (found) => outputsOfClasses(found, classes, contrasts),
  );
  const changes = Float64Array.from(classes, (_, sample) => (outputs?.[sample] ?? NaN) - (ofStarts?.[sample] ?? NaN));
  const maps = joinChannels(attributions, chosen.channels);
  return { maps, degenerate: constantMaps(maps), diagnostics: additivity(attributions, changes) };
}

/** The standard deviations between the parts of the path: `steps + 1`, from 0. */
function deviations({ maxSigma, steps, spacing }: Params): number[] {
  return Array.from({ length: steps + 1 }, (_, at) =>
    spacing === 'linear' ? (at * maxSigma) / steps : Math.sqrt((at * maxSigma) / steps),
  );
}

/** The path of one sample, a batch of points at a time. @param x one sample, flat */
async function integrate(
  engine: Engine,
  chosen: Params,
  x: Float64Array<ArrayBuffer>,
  { classes, contrasts, ...request }: ExplainRequest,
): Promise<{ readonly sums: Float64Array; readonly start: Float64Array }> {
  const { inputShape } = engine.model;
  const sigmas = deviations(chosen);
  const blurredBy = (sigma: number) => blurredExactly(x, inputShape, { sigma, border: chosen.border });
  const sums = new Float64Array(x.length);
  let sharper = blurredBy(0);
  for (let first = 0; first < chosen.steps; first += engine.batchSize) {
    const rows = Math.min(engine.batchSize, chosen.steps - first);
    const points = new Float32Array(rows * x.length);
    const changes: Float64Array[] = [];
    for (let row = 0; row < rows; row++) {
      const [from = NaN, to = NaN] = sigmas.slice(first + row, first + row + 2);
      const next = blurredBy(to);
      if (chosen.rule === 'left') {
        const ahead = blurredBy(from + SLOPE_STEP);
        const share = (to - from) / SLOPE_STEP;
        points.set(sharper, row * x.length);
        changes.push(sharper.map((value, at) => (value - (ahead[at] ?? NaN)) * share));
      } else {
        points.set(blurredBy((from + to) / 2), row * x.length);
        changes.push(sharper.map((value, at) => value - (next[at] ?? NaN)));
      }
      sharper = next;
    }
    const repeated = (indices: Int32Array) => new Int32Array(rows).fill(indices[0] ?? 0);
    const { data } = await inputGradient(engine, {
      ...request,
      inputs: { shape: [rows, ...inputShape], data: points },
      classes: repeated(classes),
      contrasts: contrasts && repeated(contrasts),
    });
    for (const [row, change] of changes.entries())
      for (let at = 0; at < x.length; at++) sums[at] = (sums[at] ?? 0) + (change[at] ?? NaN) * (data[row * x.length + at] ?? NaN);
  }
  return { sums, start: sharper };
}
