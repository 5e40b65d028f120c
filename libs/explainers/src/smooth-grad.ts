import { addNormalNoise, extremesOf, rowsOf, sampleRandom, sizeOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { channelsParam, joinChannels, plannedChannels, shapeWithChannels } from './channels.js';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { inputGradient } from './input-gradient.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { randomStreams } from './random-streams.js';
import { samplesForGradients } from './samples-per-call.js';
import { targetParams, withTargetParams } from './target.js';

const params = z.strictObject({
  draws: z.int().min(1).max(100_000).default(50).meta({ description: 'Noisy copies of a sample.' }),
  noise: z.number().min(0).max(10).default(0.15).meta({
    description: 'Standard deviation of the noise, as a share of the range of the sample (largest minus smallest value).',
  }),
  absolute: z
    .boolean()
    .default(true)
    .meta({ description: 'Whether maps are the size of the mean gradient; false keeps the sign.' }),
  ...channelsParam,
  ...targetParams,
});
type Params = z.infer<typeof params>;

/**
 * SmoothGrad (Smilkov et al. 2017, "SmoothGrad: removing noise by adding noise", arXiv:1706.03825): the mean, over copies of the
 * sample with Gaussian noise, of the gradient of the class output with respect to the input. Noise depends only on the seed and
 * the sample index.
 *
 * Maps are `[n, ...inputShape]`, with channels, or `[n, ...positions]` with the channels added up.
 */
export const smoothGrad: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'smooth-grad',
    title: 'SmoothGrad',
    version: 2,
    summary: 'Gradients averaged over noisy copies of the sample (Smilkov et al. 2017).',
    family: 'gradient',
    source: 'Smilkov et al., SmoothGrad: removing noise by adding noise, 2017, arXiv:1706.03825.',
    params,
    samplesPerCall: (engine, { draws }) => samplesForGradients(engine, draws),
    passes: ({ draws }) => ({ forward: 0, gradient: draws }),
    mapShape: shapeWithChannels,
    needs: () => ({ gradientsOf: 'input' }),
    plannedParams: ({ draws, noise, absolute, channels }) => ({ draws, noise, absolute, ...plannedChannels(channels) }),
    explain,
  }),
);

async function explain({ engine, params: chosen, seed }: PrepareOptions<Params>, request: ExplainRequest): Promise<Explanation> {
  const { inputs, sampleIndices } = request;
  const { draws, noise, absolute, channels } = chosen;
  const size = sizeOf(inputs.shape.slice(1));
  const sums = new Float64Array(inputs.data.length);
  const sources = Array.from(sampleIndices, (sampleIndex, row) => {
    const { data: x } = rowsOf(inputs, row, row + 1);
    const { min, max } = extremesOf(x);
    return { x, deviation: noise * (max - min), random: sampleRandom(seed, sampleIndex, randomStreams.smoothGrad) };
  });
  // A few samples do not fill the engine's batch, so several draws of each are computed together.
  const together = Math.min(draws, Math.max(1, Math.floor(engine.batchSize / sources.length)));
  for (let done = 0; done < draws; done += together) {
    const now = Math.min(together, draws - done);
    const noisy = { shape: [now * sources.length, ...inputs.shape.slice(1)], data: new Float32Array(now * inputs.data.length) };
    for (let draw = 0; draw < now; draw++) {
      for (const [row, { x, deviation, random }] of sources.entries()) {
        const start = (draw * sources.length + row) * size;
        addNormalNoise(noisy.data.subarray(start, start + size), x, deviation, random);
      }
    }
    const ofCopies = (indices: Int32Array) =>
      Int32Array.from({ length: now * sources.length }, (_, copy) => indices[copy % sources.length] ?? 0);
    const { data } = await inputGradient(engine, {
      ...request,
      inputs: noisy,
      classes: ofCopies(request.classes),
      contrasts: request.contrasts && ofCopies(request.contrasts),
    });
    for (let at = 0; at < data.length; at++) {
      const place = at % sums.length;
      sums[place] = (sums[place] ?? 0) + (data[at] ?? NaN);
    }
  }
  const means = Float32Array.from(sums, (sum) => (absolute ? Math.abs(sum / draws) : sum / draws));
  const maps = joinChannels({ shape: inputs.shape, data: means }, channels);
  assertFinite('smooth-grad map', maps, request);
  return { maps, degenerate: constantMaps(maps), diagnostics: {} };
}
