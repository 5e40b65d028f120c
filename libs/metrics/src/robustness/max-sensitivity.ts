import { sampleRandom, sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { finiteMaps } from '../maps/finite-maps.js';
import type { ScoreRequest, Scores } from '../metric.js';
import { randomStreams } from '../random-streams.js';
import { redrawingOf } from '../redrawing-of.js';
import { settingRules } from '../setting-rules.js';

const METRIC = 'max-sensitivity';
const rules = settingRules(
  {
    radius: z.number().positive().max(1e6).default(0.02).meta({
      description: 'How far each value of a sample is moved at most, in the units of the model’s input.',
    }),
    perturbations: z.int().min(1).max(10_000).default(10).meta({ description: 'Moved copies of a sample; each is explained.' }),
  },
  { several: ['radius'] },
);
type Setting = z.infer<typeof rules.setting>;

/**
 * How far does a map move when its sample moves a little? With Φ(x) the map of a sample x and δ drawn at random, each value uniformly from
 * −r to r: the largest, and the mean, of ‖Φ(x + δ) − Φ(x)‖ / ‖Φ(x)‖ over the draws, norms Euclidean over all values of a map. The class that
 * is explained stays that of the sample, and what a method draws at random stays what it drew for the sample.
 *
 * SENS_MAX of Yeh et al. 2019 (NeurIPS, "On the (in)fidelity and sensitivity of explanations", arXiv:1901.09392), section 4, estimated by
 * Monte Carlo in the ball of the largest difference and divided by the map's norm, as `sensitivity_max` of Captum 0.9 does by default
 * (radius 0.02, 10 perturbations). Where a map is zero its norm is taken for 1, as Captum does.
 *
 * Measures per sample: `maxSensitivity`; `meanSensitivity`; `zeroMaps` 1 if the sample's own map is zero everywhere.
 */
export const maxSensitivity = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Sensitivity to small changes',
  category: 'robustness',
  source:
    'Yeh et al., On the (in)fidelity and sensitivity of explanations, NeurIPS 2019, arXiv:1901.09392; divided by the map’s norm as sensitivity_max of Captum 0.9.',
  summary: 'How far a map moves, by its own size, when its sample moves a little: the largest and the mean of several draws.',
  rules,
  headline: 'maxSensitivity',
  sweeps: [{ key: 'radius', title: 'radius' }],
  measures: [
    {
      ...{ name: 'maxSensitivity', aggregate: 'mean', title: 'Max-sensitivity', direction: 'lower', role: 'result' },
      meaning: 'The farthest that a map moves when its sample moves a little, as a share of the map’s size.',
      range: { low: 0 },
    },
    {
      ...{ name: 'meanSensitivity', aggregate: 'mean', title: 'Mean sensitivity', direction: 'lower', role: 'result' },
      meaning: 'How far a map moves on average when its sample moves a little, as a share of the map’s size.',
      range: { low: 0 },
    },
    {
      ...{ name: 'zeroMaps', aggregate: 'count', title: 'Zero maps', role: 'check' },
      meaning: 'Samples whose map is zero everywhere: how far it moves is not divided by its size.',
      range: { low: 0, high: 1 },
      warning: { text: 'the map is zero everywhere; how far it moves is not divided by its size' },
    },
  ],
  // Inputs, moved inputs and maps.
  tensors: 4,
  drawsAgain: (settings) => settings.reduce((sum, { perturbations }) => sum + perturbations, 0),
  score,
});

async function score(request: ScoreRequest, settings: readonly Setting[]): Promise<Scores> {
  const { inputs, maps, seed } = request;
  const { draw: drawAgain, explainedClasses: classes, sampleIndices } = redrawingOf(METRIC, request);
  const samples = inputs.shape[0] ?? 0;
  const own = finiteMaps(maps, request);
  const zero = new Float32Array(sizeOf(maps.shape.slice(1)));
  const norms = own.map((map) => distance(map, zero));
  const maxima = new Float64Array(settings.length * samples);
  const means = new Float64Array(settings.length * samples);
  const zeros = Float64Array.from({ length: settings.length * samples }, (_, at) => (norms[at % samples] === 0 ? 1 : 0));
  for (const [s, { radius: farthest, perturbations }] of settings.entries()) {
    const randoms = Array.from(sampleIndices, (index) => sampleRandom(seed, index, randomStreams.maxSensitivity));
    for (let draw = 0; draw < perturbations; draw++) {
      request.signal?.throwIfAborted();
      const moved = movedInputs(inputs, farthest, (sample) => randoms[sample]?.uniform() ?? NaN);
      const again = await drawAgain({ inputs: moved, classes, sampleIndices });
      for (const [sample, map] of finiteMaps(again, request).entries()) {
        const at = s * samples + sample;
        const share = distance(map, own[sample] ?? zero) / (norms[sample] === 0 ? 1 : (norms[sample] ?? NaN));
        maxima[at] = Math.max(maxima[at] ?? 0, share);
        means[at] = (means[at] ?? 0) + share / perturbations;
      }
    }
  }
  return { measures: { maxSensitivity: maxima, meanSensitivity: means, zeroMaps: zeros } };
}

/** Each value moved by up to `farthest`. */
function movedInputs({ shape, data }: Tensor, farthest: number, uniform: (sample: number) => number): Tensor {
  const stride = sizeOf(shape.slice(1));
  return { shape, data: data.map((value, at) => value + farthest * (2 * uniform(Math.floor(at / stride)) - 1)) };
}

/** Euclidean, in double precision. */
function distance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) {
    const difference = (a[at] ?? NaN) - (b[at] ?? NaN);
    sum += difference * difference;
  }
  return Math.sqrt(sum);
}
