import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { filledBy } from '../definition-defaults.js';
import { finiteMaps } from '../maps/finite-maps.js';
import { scaledByLargest } from '../maps/scaled-by-largest.js';
import type { ScoreRequest, Scores } from '../metric.js';
import { settingRules } from '../setting-rules.js';
import { euclideanDistance } from '../statistics/distances.js';
import { createDrawTally } from './draw-tally.js';
import { normal, smallNoiseCheck, smallNoiseOf, withinRadius } from './noise.js';
import { noisyMaps, type Noise } from './redrawn-maps.js';
import { zeroMapsCheck, zeroMapsOf } from '../maps/zero-maps.js';

const METRIC = 'local-lipschitz-estimate';
const definitions = ['paper', 'quantus'] as const;
const completed = filledBy({
  paper: { noise: 0.1, perturbations: 100 },
  quantus: { noise: 0.1, perturbations: 200 },
});

/** Quantus adds this to the distance of two samples. */
const QUANTUS_EPSILON = 1e-10;

const rules = settingRules(
  {
    definition: z.enum(definitions).default('paper').meta({
      description:
        'paper: the largest ‖Φ(x′) − Φ(x)‖ / ‖x′ − x‖; quantus: the same of maps that are divided by their largest magnitude each.',
    }),
    noise: z.number().positive().max(1e6).optional().meta({
      description:
        'How far values of a sample are moved, in the units of the model’s input: each by up to so much, uniformly (paper), or normally with this standard deviation (quantus). Default: 0.1.',
    }),
    perturbations: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .meta({ description: 'Moved copies of a sample; each is explained. Default: 100 (paper), 200 (quantus).' }),
  },
  { several: ['definition', 'noise'], complete: completed },
);
type Setting = z.infer<typeof rules.setting>;

/**
 * How fast can a map change? The largest of ‖Φ(x′) − Φ(x)‖ / ‖x′ − x‖ in Euclidean norms, with Φ(x) the map of a sample x, and x′
 * drawn around it. The explained class stays that of the sample, and a random method reuses the random numbers of the sample. The
 * unit is that of the map per that of the input. So methods whose maps have different scales can only be compared if maps are
 * divided by their largest magnitude (`quantus`).
 *
 * - `paper`: Alvarez-Melis & Jaakkola 2018 (WHI, "On the robustness of interpretability methods", arXiv:1806.08049), equation 2,
 * in a box of half-width 0.1, as in their code. That code computes 100 maps, chosen by Bayesian optimisation. Here x′ are drawn
 * uniformly: this too is an estimate from below, and it depends on the seed only.
 * - `quantus`: LocalLipschitzEstimate of Quantus 0.6.0. It scales the maps of a whole batch by one number; here each map has its
 * own.
 *
 * Measures per sample: `localLipschitz`; `zeroMaps`.
 */
export const localLipschitzEstimate = defineMetric({
  metric: METRIC,
  version: 2,
  title: 'Local Lipschitz estimate',
  category: 'robustness',
  source: 'Alvarez-Melis & Jaakkola, On the robustness of interpretability methods, WHI 2018, arXiv:1806.08049; Quantus 0.6.0.',
  summary: 'How fast a map changes at most near its sample: its move by that of the sample.',
  rules,
  headline: 'localLipschitz',
  sweeps: [{ key: 'noise', title: 'noise' }],
  measures: [
    {
      ...{ name: 'localLipschitz', aggregate: 'mean', title: 'Local Lipschitz estimate', direction: 'lower', role: 'result' },
      meaning: 'The farthest that a map moves when its sample moves, by how far the sample moves.',
      range: { low: 0 },
      dependsOn: ['scale'],
    },
    zeroMapsCheck('one that stays so gets 0'),
    smallNoiseCheck,
  ],
  // Inputs, moved inputs and maps.
  tensors: 4,
  drawsAgain: (settings) => settings.reduce((sum, one) => sum + completed(one).perturbations, 0),
  score,
});

async function score(request: ScoreRequest, settings: readonly Setting[]): Promise<Scores> {
  const maps = finiteMaps(request.maps, request);
  const tally = createDrawTally(settings.length, maps.length);
  for (const [s, setting] of settings.entries()) {
    const { definition, perturbations } = completed(setting);
    const scaled = definition === 'quantus';
    const own = scaled ? maps.map(scaledByLargest) : maps;
    const drawn = noisyMaps(METRIC, request, { perturbations, noise: noiseOf(setting) });
    for await (const { copies } of drawn) {
      for (const [sample, { before, after, map }] of copies.entries()) {
        const again = scaled ? scaledByLargest(map) : map;
        const between = euclideanDistance(after, before) + (scaled ? QUANTUS_EPSILON : 0);
        const ratio = euclideanDistance(again, own[sample] ?? again) / between;
        // If the values of a sample are too large for the noise, the sample does not change. Such a draw shows nothing.
        tally.add(s * maps.length + sample, between === 0 ? undefined : ratio);
      }
    }
  }
  return {
    measures: {
      localLipschitz: tally.largest,
      zeroMaps: zeroMapsOf(maps, request),
      smallNoise: smallNoiseOf(settings.map(noiseOf), request),
    },
  };
}

function noiseOf(setting: Setting): Noise {
  const { definition, noise } = completed(setting);
  return definition === 'quantus' ? normal(noise) : withinRadius(noise);
}
