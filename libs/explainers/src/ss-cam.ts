import {
  addNormalNoise,
  minMaxScale,
  positionsOfShape,
  resizeLinear,
  rowsOf,
  sampleRandom,
  sizeOf,
  type SampleRandom,
  type Tensor,
} from '@xaigrid/tensor';
import { z } from 'zod';
import { maskCam, weightsParam, type MaskCamRequest } from './mask-cam.js';
import { maskedOutputs } from './masked-outputs.js';
import { randomStreams } from './random-streams.js';
import { targetParams } from './target.js';

/**
 * SS-CAM (Wang et al. 2020, arXiv:2006.14255, with noise in the feature maps): Score-CAM with the gain averaged over noisy masks
 * m_k + δ, where m_k is the mask of Score-CAM and δ normal noise at each position, independent in every mask. Masks may leave
 * [0, 1]. Noise depends only on the seed and the sample index.
 *
 * Maps are `[n, ...positions]`, without channels; degenerate where nothing is above 0. A sample takes `draws` passes of the model
 * for each feature map of the layer.
 */
export const ssCam = maskCam({
  method: 'ss-cam',
  title: 'SS-CAM',
  summary: 'Score-CAM, averaged over masks with noise (Wang et al. 2020).',
  source: 'Wang et al., SS-CAM: Smoothed Score-CAM for Sharper Visual Feature Localization, 2020, arXiv:2006.14255.',
  params: (shared) =>
    z.strictObject({
      ...shared,
      draws: z
        .int()
        .min(1)
        .max(10_000)
        .default(10)
        .meta({ description: 'Noisy masks of each feature map. torchcam takes 35 by default.' }),
      noise: z
        .number()
        .min(0)
        .max(100)
        .default(2)
        .meta({ description: 'Standard deviation of the noise; a mask without noise goes from 0 to 1.' }),
      ...weightsParam,
      ...targetParams,
    }),
  plannedOwn: ({ draws, noise }) => ({ draws, noise }),
  masks: ({ draws }) => draws,
  score: async (request, { params: { draws, noise }, seed }) => {
    const { engine, inputs, activations, sampleIndices, signal } = request;
    const { inputShape } = engine.model;
    const channels = activations.shape.at(-1) ?? 1;
    const perSample = channels * draws;
    const sampleOf = (row: number): number => Math.floor(row / perSample);
    let random: SampleRandom | undefined;
    let mask = new Float32Array();
    const outputs = await maskedOutputs({
      ...{ engine, inputs, explained: request, rows: sampleIndices.length * perSample, sampleOf, signal },
      maskOf: (row) => row,
      // Rows come in order: the draws of a feature map one after the other, then those of the next.
      fill: (target, row) => {
        if (random === undefined || row % perSample === 0)
          random = sampleRandom(seed, sampleIndices[sampleOf(row)] ?? NaN, randomStreams.ssCam);
        if (row % draws === 0) mask = maskOf(request, sampleOf(row), Math.floor(row / draws) % channels);
        addNormalNoise(target, mask, noise, random);
      },
      baseline: { shape: inputShape, data: new Float32Array(sizeOf(inputShape)) },
    });
    const means = new Float64Array(sampleIndices.length * channels);
    for (const [row, output] of outputs.entries()) {
      const at = Math.floor(row / draws);
      means[at] = (means[at] ?? NaN) + output / draws;
    }
    return means;
  },
});

/** One feature map as a mask: resized to the positions and scaled to [0, 1]. */
function maskOf({ activations, engine }: MaskCamRequest, sample: number, channel: number): Tensor['data'] {
  const [, ...shape] = activations.shape;
  const channels = shape.at(-1) ?? 1;
  const own = rowsOf(activations, sample, sample + 1).data.filter((_, at) => at % channels === channel);
  const map = { shape: [1, ...shape.slice(0, -1), 1], data: own };
  return minMaxScale(resizeLinear(map, positionsOfShape(engine.model.inputShape)).data, { epsilon: 1e-6 });
}
