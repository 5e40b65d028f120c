import { addNormalNoise, extremesOf, rowsOf, sampleRandom, sizeOf, type SampleRandom, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { finiteMaps } from '../maps/finite-maps.js';
import type { DrawAgain, ScoreRequest } from '../metric.js';
import { randomStreams } from '../random-streams.js';
import { redrawingOf } from '../redrawing-of.js';
import { settingRules } from '../setting-rules.js';
import { curveLists, curveShape, curveSteps } from './curve-settings.js';
import { orderParameter } from './layer-steps.js';
import { randomisationCurves, variantsFor } from './randomisation-curves.js';

const METRIC = 'smooth-mprt';

const rules = settingRules(
  {
    ...curveShape,
    // The authors advise against top-down: the layers below would still be trained.
    order: orderParameter('bottom-up'),
    draws: z.int().min(1).max(10_000).default(50).meta({ description: 'Noisy copies of a sample; a map is the mean of theirs.' }),
    noise: z.number().positive().max(100).default(0.1).meta({
      description: 'The standard deviation of the noise, as a share of the range of the sample’s values.',
    }),
  },
  { several: [...curveLists], complete: curveSteps },
);
type Setting = z.infer<typeof rules.setting>;

/** With `quantus` the last copy has no noise. */
const mapsOf = ({ definition, draws, noise }: Setting) => ({ draws, noise, lastIsSample: definition === 'quantus' });

/**
 * The model parameter randomisation test on mean maps of noisy copies of the sample. The mean removes the part of a map that
 * comes from a model's shattered gradients.
 *
 * Smooth MPRT of Hedström et al. 2024 ("Sanity checks revisited: an exploration to repair the model parameter randomisation
 * test", arXiv:2401.06465), with the defaults of `SmoothMPRT` of Quantus 0.6.0: 50 copies, noise of a tenth of the sample's
 * range, from the input up. The noise comes from the sample's own random numbers, and is the same on the model and on its
 * variants.
 *
 * Measures per sample: those of `model-parameter-randomisation`.
 */
export const smoothMprt = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Smooth MPRT',
  category: 'randomisation',
  source: 'Hedström et al., Sanity checks revisited, 2024, arXiv:2401.06465; defaults of SmoothMPRT of Quantus 0.6.0.',
  summary: 'How alike a map, averaged over noisy copies of the sample, stays when the model’s weights are randomised.',
  rules,
  headline: 'smoothSimilarity',
  sweeps: [{ key: 'layers', title: 'layers randomised' }],
  measures: [
    {
      ...{ name: 'smoothSimilarity', aggregate: 'mean', title: 'Smooth similarity after randomisation' },
      ...{ direction: 'lower', role: 'result' },
      meaning:
        'How alike the averaged map is to that of the randomised model, by the similarity that is named: 1 is a map that knows nothing of the weights.',
      range: { low: -1, high: 1 },
    },
    {
      ...{ name: 'constantMaps', aggregate: 'count', title: 'Constant', role: 'check' },
      meaning: 'Samples of which one of the two averaged maps is the same everywhere: their similarity counts as 0.',
      range: { low: 0, high: 1 },
      warning: { text: 'one of the two averaged maps is the same everywhere; its similarity counts as 0' },
    },
  ],
  // Inputs, noisy inputs, maps, sums and redrawn maps.
  tensors: 6,
  drawsAgain: (settings) => {
    const own = new Map(settings.map((setting) => [JSON.stringify(mapsOf(setting)), setting.draws]));
    const onVariants = variantsFor(settings, mapsOf).map(({ setting }) => setting.draws);
    return [...own.values(), ...onVariants].reduce((sum, draws) => sum + draws, 0);
  },
  score: async (request, settings) => {
    const { draw } = redrawingOf(METRIC, request);
    const { similarity, constant } = await randomisationCurves(METRIC, request, settings, {
      mapsOf,
      own: (setting) => smoothMaps(request, draw, setting),
      drawn: (again, setting) => smoothMaps(request, again, setting),
    });
    return { measures: { smoothSimilarity: similarity, constantMaps: constant } };
  },
});

/** The mean of the maps of noisy copies, one per sample. */
async function smoothMaps(request: ScoreRequest, draw: DrawAgain, setting: Setting): Promise<Float32Array[]> {
  const { inputs, seed, signal } = request;
  const { explainedClasses: classes, sampleIndices } = redrawingOf(METRIC, request);
  const { draws, noise, lastIsSample } = mapsOf(setting);
  const randoms = Array.from(sampleIndices, (index) => sampleRandom(seed, index, randomStreams.smoothMprt));
  const sums: Float64Array[] = [];
  for (let turn = 0; turn < draws; turn++) {
    signal?.throwIfAborted();
    const copies = lastIsSample && turn === draws - 1 ? inputs : noisyInputs(inputs, noise, randoms);
    const maps = finiteMaps(await draw({ inputs: copies, classes, sampleIndices }), request);
    for (const [sample, map] of maps.entries()) {
      const sum = (sums[sample] ??= new Float64Array(map.length));
      for (const [at, value] of map.entries()) sum[at] = (sum[at] ?? NaN) + value / draws;
    }
  }
  return sums.map((sum) => Float32Array.from(sum));
}

function noisyInputs(inputs: Tensor, noise: number, randoms: readonly SampleRandom[]): Tensor {
  const data = new Float32Array(inputs.data.length);
  const size = sizeOf(inputs.shape.slice(1));
  for (const [sample, random] of randoms.entries()) {
    const { data: x } = rowsOf(inputs, sample, sample + 1);
    const { min, max } = extremesOf(x);
    addNormalNoise(data.subarray(sample * size, (sample + 1) * size), x, noise * (max - min), random);
  }
  return { shape: inputs.shape, data };
}
