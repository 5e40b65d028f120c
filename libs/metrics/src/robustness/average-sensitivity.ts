import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { filledBy } from '../definition-defaults.js';
import { finiteMaps } from '../maps/finite-maps.js';
import type { ScoreRequest, Scores } from '../metric.js';
import { settingRules } from '../setting-rules.js';
import { euclideanDistance, euclideanNorm } from '../statistics/distances.js';
import { createDrawTally } from './draw-tally.js';
import { keptClassChecks, keptClasses } from './kept-classes.js';
import { between, smallNoiseCheck, smallNoiseOf, withinRadius } from './noise.js';
import { noisyMaps, type Noise } from './redrawn-maps.js';
import { zeroMapsCheck, zeroMapsOf } from '../maps/zero-maps.js';

const METRIC = 'average-sensitivity';
const definitions = ['paper', 'quantus', 'xplique'] as const;

const completed = filledBy({
  paper: { radius: 0.02, perturbations: 10 },
  quantus: { radius: 0.2, perturbations: 200 },
  xplique: { radius: 0.1, perturbations: 20 },
});

const rules = settingRules(
  {
    definition: z.enum(definitions).default('paper').meta({
      description:
        'paper: the mean of ‖Φ(x′) − Φ(x)‖ / ‖Φ(x)‖ over the draws that keep the predicted class; quantus: over all draws; xplique: the mean of ‖Φ(x′) − Φ(x)‖ over all draws, which only move values up (AverageStability).',
    }),
    radius: z.number().positive().max(1e6).optional().meta({
      description:
        'How far each value of a sample is moved at most, in the units of the model’s input. Default: 0.02 (paper), 0.2 (quantus), 0.1 (xplique).',
    }),
    perturbations: z.int().min(1).max(10_000).optional().meta({
      description: 'Moved copies of a sample; each is explained. Default: 10 (paper), 200 (quantus), 20 (xplique).',
    }),
  },
  { several: ['definition', 'radius'], complete: completed },
);
type Setting = z.infer<typeof rules.setting>;

/**
 * How far does a map move on average if its sample moves a little? The mean of D(Φ(x), Φ(x′)), with Φ(x) the map of a sample x,
 * and x′ drawn around it. The explained class stays that of the sample, and a random method reuses the random numbers of the
 * sample.
 *
 * - `paper`: Bhatt, Weller & Moura 2020 (IJCAI, "Evaluating and aggregating feature-based model explanations", arXiv:2005.00631),
 * definition 2: over the x′ within the radius for which the model predicts the same class. The paper leaves D and the
 * distribution open. Here D is the Euclidean distance divided by ‖Φ(x)‖, so that maps of any scale compare, and each value is
 * moved uniformly from −r to r.
 * - `quantus`: AvgSensitivity of Quantus 0.6.0: the same over all x′.
 * - `xplique`: AverageStability of Xplique 1.4.0: the Euclidean distance itself, with x′ = x + U(0, r), over all x′. Xplique uses
 * the same noise for every sample; here each sample has its own, as in all metrics.
 *
 * The norm of a zero map counts as 1.
 *
 * Measures per sample: `averageSensitivity`; `leftOutDraws` and `noDraws` about draws that change the predicted class;
 * `zeroMaps`.
 */
export const averageSensitivity = defineMetric({
  metric: METRIC,
  version: 2,
  title: 'Average sensitivity',
  category: 'robustness',
  source:
    'Bhatt, Weller & Moura, Evaluating and aggregating feature-based model explanations, IJCAI 2020, arXiv:2005.00631; Quantus 0.6.0; Xplique 1.4.0 (AverageStability).',
  summary: 'How far a map moves on average when its sample moves a little and the predicted class does not change.',
  rules,
  headline: 'averageSensitivity',
  sweeps: [{ key: 'radius', title: 'radius' }],
  measures: [
    {
      ...{ name: 'averageSensitivity', aggregate: 'mean', title: 'Average sensitivity', direction: 'lower', role: 'result' },
      meaning: 'How far a map moves on average when its sample moves a little, as a share of the map’s size.',
      range: { low: 0 },
      scale: 1,
    },
    ...keptClassChecks,
    zeroMapsCheck('how far it moves is not divided by its size'),
    smallNoiseCheck,
  ],
  // Inputs, moved inputs and maps.
  tensors: 4,
  passes: (settings) => ({
    forward: settings.reduce((sum, one) => sum + (one.definition === 'paper' ? completed(one).perturbations : 0), 0),
    gradient: 0,
  }),
  drawsAgain: (settings) => settings.reduce((sum, one) => sum + completed(one).perturbations, 0),
  score,
});

async function score(request: ScoreRequest, settings: readonly Setting[]): Promise<Scores> {
  const own = finiteMaps(request.maps, request);
  const norms = own.map((map) => euclideanNorm(map) || 1);
  const tally = createDrawTally(settings.length, own.length);
  for (const [s, setting] of settings.entries()) {
    const { definition, perturbations } = completed(setting);
    const noise = noiseOf(setting);
    for await (const drawn of noisyMaps(METRIC, request, { perturbations, noise })) {
      const kept = definition === 'paper' ? await keptClasses(request, drawn) : undefined;
      for (const [sample, { map }] of drawn.copies.entries()) {
        const distance = euclideanDistance(map, own[sample] ?? map) / (definition === 'xplique' ? 1 : (norms[sample] ?? NaN));
        tally.add(s * own.length + sample, kept?.[sample] === false ? undefined : distance);
      }
    }
  }
  return {
    measures: {
      averageSensitivity: tally.means(),
      leftOutDraws: tally.leftOut(),
      noDraws: tally.none(),
      zeroMaps: zeroMapsOf(own, request),
      smallNoise: smallNoiseOf(settings.map(noiseOf), request),
    },
  };
}

function noiseOf(setting: Setting): Noise {
  const { definition, radius } = completed(setting);
  return definition === 'xplique' ? between(0, radius) : withinRadius(radius);
}
