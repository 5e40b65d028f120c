import { XaigridError } from '@xaigrid/contracts';
import type { ModelDescription } from '@xaigrid/engine';
import { rowsOf, sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation } from './explainer.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { positionsOf } from './model-layers.js';
import {
  ASSUMED_REFERENCES,
  assertStart,
  plannedStart,
  startParams,
  startsNeedBackground,
  startsPerSample,
} from './path-starts.js';
import { assertSteps, plannedRule, quadratureParams } from './quadrature.js';
import { samplesForGradients } from './samples-per-call.js';
import { straightPaths, type StraightPaths } from './straight-paths.js';
import { targetParams, withTargetParams } from './target.js';
import { rankedByRegions, regionsOf, type RegionOptions } from './xrai/regions.js';

const params = z.strictObject({
  ...quadratureParams,
  reference: startParams.reference,
  baseline: startParams.baseline.unwrap().default(['minimum', 'maximum']).meta({
    description:
      'Where the paths of integrated gradients start, as for integrated-gradients. Default: the smallest and the largest value of the sample, averaged.',
  }),
  scales: z.array(z.number().positive()).min(1).max(50).default([50, 100, 150, 250, 500, 1200]).meta({
    description:
      'The scales of Felzenszwalb’s segments; each gives a segmentation of its own. Higher scales give larger segments.',
  }),
  sigma: z.number().min(0).max(100).default(0.8).meta({
    description: 'The Gaussian that smooths the sample before it is cut into segments, in positions.',
  }),
  minSize: z.number().min(0).max(1).default(0.003).meta({
    description: 'The share of all positions below which a segment joins a neighbour. 0.003 are 150 positions of 224 × 224.',
  }),
  growth: z.number().min(0).max(0.5).default(0.0224).meta({
    description: 'By how much segments grow, as a share of the shorter side. 0.0224 are 5 positions of 224.',
  }),
  fewest: z.number().min(0).max(1).default(0.001).meta({
    description: 'The share of all positions that a region must add to be taken. 0.001 are 50 positions of 224 × 224.',
  }),
  ...targetParams,
});
type Params = z.infer<typeof params>;

/**
 * XRAI (Kapishnikov et al. 2019, "XRAI: better attributions through regions", arXiv:1906.02825): regions of the sample in the
 * order of their mean attribution by integrated gradients. Regions are Felzenszwalb's segments at several scales, and overlap; each position gets
 * the mean of the region by which it was first covered. Of the channels of a position the highest attribution counts.
 *
 * The package saliency segments the sample resized to 224 × 224. Here it is segmented as it is, with lengths and areas as shares
 * of its own.
 *
 * Maps are `[n, ...positions]`, without channels. For images only.
 */
export const xrai: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'xrai',
    title: 'XRAI',
    version: 1,
    summary: 'Regions of the sample in the order of their mean integrated gradients (Kapishnikov et al. 2019).',
    family: 'gradient',
    source: 'Kapishnikov et al., XRAI: Better Attributions Through Regions, ICCV 2019, arXiv:1906.02825; package saliency 0.2.1.',
    params,
    usesBackground: true,
    needsBackground: startsNeedBackground,
    samplesPerCall: (engine, chosen) => samplesForGradients(engine, chosen.steps * startsPerSample(chosen, ASSUMED_REFERENCES)),
    passes: (chosen, _model, references) => ({ forward: 0, gradient: chosen.steps * startsPerSample(chosen, references) }),
    validate: (chosen, model) => {
      assertImages(model);
      assertSteps('xrai', chosen);
      assertStart('xrai', chosen, model);
    },
    needs: () => ({ gradientsOf: 'input' }),
    plannedParams: ({ steps, rule, scales, sigma, minSize, growth, fewest, ...start }) => ({
      ...{ steps, ...plannedStart(start), ...plannedRule(rule) },
      ...{ scales, sigma, minSize, growth, fewest },
    }),
    prepare: async (options) => {
      const paths = await straightPaths('xrai', options.params, options, { outputs: false });
      return {
        explain: (request) => explain(options.params, paths, request, positionsOf(options.engine.model)),
        close: () => paths.close(),
      };
    },
  }),
);

/** @throws SHAPE_MISMATCH for anything that has no two axes of positions */
function assertImages({ inputShape }: ModelDescription): void {
  if (inputShape.length === 3) return;
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `xrai cuts images into regions, and a sample of this model is [${inputShape.join(', ')}]. Use integrated-gradients, or lime with pieces.`,
  );
}

async function explain(
  given: Params,
  paths: StraightPaths,
  request: ExplainRequest,
  positions: readonly number[],
): Promise<Explanation> {
  const { inputs, signal } = request;
  const [samples = 0, height = 1, width = 1, channels = 1] = inputs.shape;
  const options = regionOptions(given, [height, width]);
  const attributions = await paths.attribute(request);
  assertFinite('xrai map', attributions, request);
  const size = sizeOf(positions);
  const maps: Tensor = { shape: [samples, ...positions], data: new Float32Array(samples * size) };
  for (let sample = 0; sample < samples; sample++) {
    signal?.throwIfAborted();
    const rows = (tensor: Tensor) => rowsOf(tensor, sample, sample + 1).data;
    const regions = regionsOf(rows(inputs), [height, width, channels], options);
    const highest = highestOfChannels(rows(attributions), channels);
    maps.data.set(rankedByRegions(highest, regions, Math.round(given.fewest * size)), sample * size);
  }
  return { maps, degenerate: constantMaps(maps), diagnostics: {} };
}

function regionOptions({ scales, sigma, minSize, growth }: Params, [height, width]: readonly [number, number]): RegionOptions {
  return {
    ...{ scales, sigma },
    minSize: Math.round(minSize * height * width),
    radius: Math.round(growth * Math.min(height, width)),
  };
}

function highestOfChannels(values: Float32Array, channels: number): Float64Array {
  const highest = new Float64Array(values.length / channels).fill(-Infinity);
  for (const [at, value] of values.entries()) {
    const position = Math.floor(at / channels);
    highest[position] = Math.max(highest[position] ?? NaN, value);
  }
  return highest;
}
