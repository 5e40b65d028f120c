import { XaigridError } from '@xaigrid/contracts';
import { noPasses } from '@xaigrid/engine';
import { channelsOfShape, isTable, sizeOf, sobelMagnitude, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { joinChannels, joinedShape } from './channels.js';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { samplesWithin } from './samples-per-call.js';

const params = z.strictObject({
  channels: z.enum(['keep', 'sum']).default('sum').meta({
    description: 'keep: maps have the channels of the input. sum: one number per position, the sum over the channels.',
  }),
});
type Params = z.infer<typeof params>;

/**
 * The edges of the sample itself: the Sobel magnitude of each channel. The model takes no part, and yet such a map looks like an
 * explanation: Adebayo et al. 2018 compare saliency maps with an edge detector. Maps are `[n, ...positions]`, the sum over the channels, or
 * `[n, ...inputShape]`.
 */
export const edges: Explainer<Params> = defineExplainer<Params>({
  method: 'edges',
  title: 'Edges',
  version: 1,
  summary: 'The edges of the sample itself (Sobel), as a control: it looks like an explanation without knowing the model.',
  family: 'control',
  source:
    'Adebayo et al., Sanity Checks for Saliency Maps, NeurIPS 2018, arXiv:1810.03292, which compares maps with an edge detector; the filter is sobel of scikit-image 0.26.0.',
  params,
  samplesPerCall: (engine) => samplesWithin(engine, 4 * sizeOf(engine.model.inputShape)),
  passes: () => noPasses,
  mapShape: ({ channels }, { inputShape }) => Promise.resolve(joinedShape(channels, inputShape)),
  validate(_params, { inputShape }) {
    if (!isTable(inputShape)) return;
    throw new XaigridError(
      'SHAPE_MISMATCH',
      'edges: a table has no edges, because neighbouring features mean nothing. Leave the method out; random and constant are controls for tables.',
    );
  },
  plannedParams: ({ channels }) => ({ channels }),
  explain,
});

function explain({ params: { channels } }: PrepareOptions<Params>, request: ExplainRequest): Explanation {
  const { inputs, signal } = request;
  const [count = 0, ...inputShape] = inputs.shape;
  const width = channelsOfShape(inputShape);
  const positions = inputShape.slice(0, -1);
  const size = sizeOf(positions);
  const magnitudes = new Float32Array(inputs.data.length);
  const plane = new Float32Array(size);
  for (let sample = 0; sample < count; sample++) {
    signal?.throwIfAborted();
    for (let channel = 0; channel < width; channel++) {
      const first = sample * size * width + channel;
      for (let at = 0; at < size; at++) plane[at] = inputs.data[first + at * width] ?? NaN;
      for (const [at, value] of sobelMagnitude({ shape: positions, data: plane }).entries())
        magnitudes[first + at * width] = value;
    }
  }
  const maps: Tensor = joinChannels({ shape: inputs.shape, data: magnitudes }, channels);
  assertFinite('edges map', maps, request);
  return { maps, degenerate: constantMaps(maps), diagnostics: {} };
}
