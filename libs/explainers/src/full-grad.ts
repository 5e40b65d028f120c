import type { BiasGradients } from '@xaigrid/engine';
import { minMaxScale, resizeAlignments, resizeLinear, rowsOf, sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { positionsOf } from './model-layers.js';
import { samplesWithin } from './samples-per-call.js';
import { targetParams, withTargetParams } from './target.js';

const params = z.strictObject({
  scaling: z.enum(['layer', 'channel']).default('layer').meta({
    description:
      "What is scaled to 0 … 1 before the sum: all channels of a layer together, as in the authors' code; or each channel, as in pytorch-grad-cam.",
  }),
  resize: z.enum(resizeAlignments).default('half-pixel').meta({
    description:
      'How layers are resized to the positions of the input. half-pixel: linearly between the centres of cells, as in pytorch-grad-cam. corners: linearly, with the corners on each other. nearest: not interpolated.',
  }),
  scaled: z.boolean().default(false).meta({ description: 'Whether each map is scaled to [0, 1].' }),
  ...targetParams,
});
type Params = z.infer<typeof params>;

/** What is added to the range of values before they are divided by it, in the authors' code and in pytorch-grad-cam. */
const EPSILON = { layer: 1e-6, channel: 1e-7 } as const;

/**
 * FullGrad (Srinivas & Fleuret 2019, "Full-gradient representation for neural network visualization", arXiv:1905.00780): the
 * input times its gradient, and every bias times its gradient, as numbers of 0 … 1, resized to the positions of the input and added
 * up over channels and layers. Biases of batch normalizations count too. Without the scaling, and with the biases of dense layers,
 * their sum is F where all else of the model is linear, a ReLU or a maximum (equation 4).
 *
 * Maps are `[n, ...positions]`, without channels.
 */
export const fullGrad: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'full-grad',
    title: 'FullGrad',
    version: 1,
    summary: 'Gradients of the input and of every bias, times their values (Srinivas & Fleuret 2019).',
    family: 'gradient',
    source:
      'Srinivas & Fleuret, Full-Gradient Representation for Neural Network Visualization, NeurIPS 2019, arXiv:1905.00780; FullGrad of pytorch-grad-cam 1.5.7.',
    params,
    samplesPerCall: (engine) =>
      samplesWithin(
        engine,
        engine.model.layers.reduce((sum, { shape }) => sum + sizeOf(shape), sizeOf(engine.model.inputShape)),
      ),
    passes: () => ({ forward: 0, gradient: 1 }),
    needs: () => ({ biasGradients: true }),
    plannedParams: ({ scaling, resize, scaled }) => ({ scaling, resize, scaled }),
    explain,
  }),
);

async function explain({ engine, params: given }: PrepareOptions<Params>, request: ExplainRequest): Promise<Explanation> {
  const { inputs, classes, contrasts, signal } = request;
  signal?.throwIfAborted();
  const found = await engine.biasGradients({ inputs, classes, contrasts });
  const positions = positionsOf(engine.model);
  const size = sizeOf(positions);
  const maps: Tensor = { shape: [classes.length, ...positions], data: new Float32Array(classes.length * size) };
  for (let sample = 0; sample < classes.length; sample++) {
    const map = mapOf(found, sample, { ...given, positions });
    maps.data.set(given.scaled ? minMaxScale(map, { epsilon: EPSILON.channel }) : map, sample * size);
  }
  assertFinite('full-grad map', maps, request);
  return { maps, degenerate: constantMaps(maps), diagnostics: {} };
}

/** The map of one sample. Layers are added up in float64. */
function mapOf(
  { input, biases }: BiasGradients,
  sample: number,
  { scaling, resize, positions }: Pick<Params, 'scaling' | 'resize'> & { readonly positions: readonly number[] },
): Float32Array<ArrayBuffer> {
  const sums = new Float64Array(sizeOf(positions));
  const layers = [input, ...biases.filter((bias) => bias.positions).map(({ products }) => products)];
  for (const layer of layers) {
    const { shape, data } = rowsOf(layer, sample, sample + 1);
    // A table has no channels.
    const [channels, grid] =
      positions.length === shape.length - 1 ? [1, shape.slice(1)] : [shape.at(-1) ?? 1, shape.slice(1, -1)];
    const summed = Float32Array.from(sumOfScaled(data.map(Math.abs), channels, scaling));
    const { data: own } =
      positions.length === shape.length - 1
        ? { data: summed }
        : resizeLinear({ shape: [1, ...grid, 1], data: summed }, positions, resize);
    for (let at = 0; at < sums.length; at++) sums[at] = (sums[at] ?? 0) + (own[at] ?? NaN);
  }
  return Float32Array.from(sums);
}

/** The sum over channels of values scaled to 0 … 1. Resizing is linear, and so can come after it. */
function sumOfScaled(values: Float32Array, channels: number, scaling: Params['scaling']): Float64Array {
  const lows = new Float64Array(channels).fill(Infinity);
  const highs = new Float64Array(channels).fill(-Infinity);
  for (const [at, value] of values.entries()) {
    const channel = at % channels;
    lows[channel] = Math.min(lows[channel] ?? NaN, value);
    highs[channel] = Math.max(highs[channel] ?? NaN, value);
  }
  if (scaling === 'layer') {
    lows.fill(Math.min(...lows));
    highs.fill(Math.max(...highs));
  }
  const sums = new Float64Array(values.length / channels);
  for (const [at, value] of values.entries()) {
    const [place, low] = [Math.floor(at / channels), lows[at % channels] ?? NaN];
    sums[place] = (sums[place] ?? 0) + (value - low) / ((highs[at % channels] ?? NaN) - low + EPSILON[scaling]);
  }
  return sums;
}
