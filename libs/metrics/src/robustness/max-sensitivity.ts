import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { filledBy } from '../definition-defaults.js';
import { finiteMaps } from '../maps/finite-maps.js';
import type { ScoreRequest, Scores } from '../metric.js';
import { settingRules } from '../setting-rules.js';
import { euclideanDistance, euclideanNorm } from '../statistics/distances.js';
import { smallNoiseCheck, smallNoiseOf, withinRadius } from './noise.js';
import { noisyMaps, type Noise } from './redrawn-maps.js';
import { zeroMapsCheck, zeroMapsOf } from '../maps/zero-maps.js';

const METRIC = 'max-sensitivity';
const definitions = ['paper', 'quantus'] as const;

const completed = filledBy({
  paper: { radius: 0.02, perturbations: 10 },
  quantus: { radius: 0.2, perturbations: 200 },
});

const rules = settingRules(
  {
    definition: z.enum(definitions).default('paper').meta({
      description: 'Whose defaults: paper (those of Captum) or quantus. Both divide by ‖Φ(x)‖, and so do the authors.',
    }),
    radius: z.number().positive().max(1e6).optional().meta({
      description:
        'How far each value of a sample is moved at most, in the units of the model’s input. Default: 0.02 (paper), 0.2 (quantus).',
    }),
    perturbations: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .meta({ description: 'Moved copies of a sample; each is explained. Default: 10 (paper), 200 (quantus).' }),
  },
  { several: ['definition', 'radius'], complete: completed },
);
type Setting = z.infer<typeof rules.setting>;

/**
 * How far does a map move if its sample moves a little? The largest, and the mean, of ‖Φ(x + δ) − Φ(x)‖ / ‖Φ(x)‖ over the draws,
 * with Φ(x) the map of a sample x, and δ drawn at random, each value uniformly from −r to r. Norms are Euclidean over all values
 * of a map. The explained class stays that of the sample, and a random method reuses the random numbers of the sample.
 *
 * SENS_MAX of Yeh et al. 2019 (NeurIPS, "On the (in)fidelity and sensitivity of explanations", arXiv:1901.09392), section 4. It
 * is estimated by Monte Carlo in the ball of the maximum norm, and divided by the norm of the map, as the authors' code and
 * `sensitivity_max` of Captum 0.9 do. `paper` has the defaults of Captum (radius 0.02, 10 perturbations), `quantus` those of
 * MaxSensitivity of Quantus 0.6.0 (0.2 and 200). The norm of a zero map counts as 1, as in Captum; Quantus divides by 0.
 *
 * Measures per sample: `maxSensitivity`; `meanSensitivity`; `zeroMaps` 1 if the sample's own map is zero everywhere;
 * `smallNoise` 1 if the draws hardly move the sample.
 */
export const maxSensitivity = defineMetric({
  metric: METRIC,
  version: 2,
  title: 'Sensitivity to small changes',
  category: 'robustness',
  source:
    'Yeh et al., On the (in)fidelity and sensitivity of explanations, NeurIPS 2019, arXiv:1901.09392; divided by the map’s norm as sensitivity_max of Captum 0.9 and MaxSensitivity of Quantus 0.6.0.',
  summary: 'How far a map moves, by its own size, when its sample moves a little: the largest and the mean of several draws.',
  rules,
  headline: 'maxSensitivity',
  sweeps: [{ key: 'radius', title: 'radius' }],
  measures: [
    {
      ...{ name: 'maxSensitivity', aggregate: 'mean', title: 'Max-sensitivity', direction: 'lower', role: 'result' },
      meaning: 'The farthest that a map moves when its sample moves a little, as a share of the map’s size.',
      range: { low: 0 },
      scale: 1,
    },
    {
      ...{ name: 'meanSensitivity', aggregate: 'mean', title: 'Mean sensitivity', direction: 'lower', role: 'result' },
      meaning: 'How far a map moves on average when its sample moves a little, as a share of the map’s size.',
      range: { low: 0 },
      scale: 1,
    },
    zeroMapsCheck('how far it moves is not divided by its size'),
    smallNoiseCheck,
  ],
  // Inputs, moved inputs and maps.
  tensors: 4,
  drawsAgain: (settings) => settings.reduce((sum, one) => sum + completed(one).perturbations, 0),
  score,
});

async function score(request: ScoreRequest, settings: readonly Setting[]): Promise<Scores> {
  const own = finiteMaps(request.maps, request);
  const samples = own.length;
  const norms = own.map((map) => euclideanNorm(map) || 1);
  const maxima = new Float64Array(settings.length * samples);
  const means = new Float64Array(settings.length * samples);
  const noiseOf = (setting: Setting): Noise => withinRadius(completed(setting).radius);
  for (const [s, setting] of settings.entries()) {
    const { perturbations } = completed(setting);
    const noise = noiseOf(setting);
    for await (const { copies } of noisyMaps(METRIC, request, { perturbations, noise })) {
      for (const [sample, { map }] of copies.entries()) {
        const at = s * samples + sample;
        const share = euclideanDistance(map, own[sample] ?? map) / (norms[sample] ?? NaN);
        maxima[at] = Math.max(maxima[at] ?? 0, share);
        means[at] = (means[at] ?? 0) + share / perturbations;
      }
    }
  }
  return {
    measures: {
      maxSensitivity: maxima,
      meanSensitivity: means,
      zeroMaps: zeroMapsOf(own, request),
      smallNoise: smallNoiseOf(settings.map(noiseOf), request),
    },
  };
}
