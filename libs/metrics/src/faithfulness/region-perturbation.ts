import type { ModelDescription } from '@xaigrid/engine';
import { sumOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { finiteMaps } from '../maps/finite-maps.js';
import { fittedMaps } from '../maps/fitted-maps.js';
import type { ScoreRequest, Scores } from '../metric.js';
import { fillDescription, fillSchema, isDrawn, withFill } from '../perturbation/fill.js';
import { finiteScore } from '../perturbation/finite-score.js';
import { assertPatchFits, defaultPatch, patchCount, patchesOf, patchParameter } from '../perturbation/patches.js';
import { passesOfCurves, rankedRemoval, repeatsSchema, tiesMeasure } from '../perturbation/removal-curves.js';
import { countsTo } from '../perturbation/steps.js';
import { targetParameter, wholeOutputsBy, wholePasses, withTarget } from '../perturbation/target.js';
import { randomStreams } from '../random-streams.js';
import { scoreSettings } from '../score-each.js';
import { settingRules } from '../setting-rules.js';
import { trapezoid } from '../statistics/trapezoid.js';

const METRIC = 'region-perturbation';

const defaults = {
  paper: { patch: 9, baseline: 'uniform', placed: 'corner' },
  quantus: { patch: 8, baseline: 'minimum', placed: 'centred' },
} as const;

/** The repetitions of the paper, where values are drawn. */
const DRAWS = 10;

const shape = {
  definition: z.enum(['paper', 'quantus']).default('paper').meta({
    description:
      'paper: the mean of f(x) − f_k over k = 0 … L (AOPC). quantus: the area under f(x) − f_k from k = 1 on, a step 1 wide, so that it grows with the number of steps.',
  }),
  patch: patchParameter.meta({
    description: 'Extent of a region along each axis, in positions. Default: 9; quantus: 8; of a table 1.',
  }),
  regions: z.int().min(1).default(100).meta({
    description: 'How many regions are perturbed, at most all: a forward pass each.',
  }),
  baseline: fillSchema.optional().meta({ description: `${fillDescription} Default: uniform; quantus: minimum.` }),
  target: targetParameter,
  repeats: repeatsSchema.optional().meta({
    description: `How often it is done, with regions that tie in another order each time, and other values where these are drawn; the mean counts. Default: ${DRAWS} where the baseline is uniform, else 1.`,
  }),
};
type Setting = z.infer<z.ZodObject<typeof shape>>;

const rules = settingRules(shape, {
  several: ['definition', 'patch', 'regions', 'target'],
  complete: (setting, model) => {
    const whole = withFill(withTarget(completed(setting, model), model), model);
    assertPatchFits(METRIC, whole.patch, model);
    return whole;
  },
});

function completed(setting: Setting, model: Pick<ModelDescription, 'inputShape'>) {
  const own = defaults[setting.definition];
  const { patch = defaultPatch(own.patch, model), baseline = own.baseline, ...others } = setting;
  const { repeats = isDrawn(baseline) ? DRAWS : 1 } = setting;
  return { ...others, patch, baseline, repeats };
}

function steps(setting: ReturnType<typeof completed>, inputShape: readonly number[]): number {
  return Math.min(setting.regions, patchCount(inputShape, setting.patch));
}

/**
 * Region perturbation (Samek et al. 2016, "Evaluating the visualization of what a deep neural network has learned", IEEE TNNLS
 * 28(11), arXiv:1509.06321): how far the output falls while regions of a regular grid are replaced one after the other, the
 * highest sum of attributions first.
 *
 * With f_k the output after k regions, of which L are perturbed: `paper` gives AOPC, the mean of f(x) − f_k over k = 0 … L, for
 * regions of 9 × 9 replaced by uniform noise, ten times. Noise lies between the smallest and the largest value of the sample. The
 * grid begins in the first corner; the last regions are cut off at the border.
 * `quantus` is the AUC of RegionPerturbation of Quantus 0.6.0: the area of the trapezoids under f(x) − f_k, k = 1 … L, each step
 * 1 wide, for regions of 8 × 8 replaced by the smallest value of the sample. Its grid is centred.
 *
 * Measures per sample: `aopc`; `ties` 1 if a step splits regions with equal attributions.
 */
export const regionPerturbation = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Region perturbation',
  category: 'faithfulness',
  source: 'Samek et al., IEEE TNNLS 28(11), 2017, arXiv:1509.06321; RegionPerturbation of Quantus 0.6.0.',
  summary: 'How far the output falls on average while regions are replaced one after the other, the highest-ranked first (AOPC).',
  rules,
  headline: 'aopc',
  measures: [
    {
      ...{ name: 'aopc', aggregate: 'mean', title: 'AOPC', direction: 'higher', role: 'result' },
      meaning:
        'The area over the perturbation curve: how far the output falls on average while the highest-ranked regions are replaced.',
      range: {},
    },
    tiesMeasure,
  ],
  // Inputs, maps, places, baselines, and the parts of them that are repeated. The steps are cut into their own calls.
  tensors: 5,
  rowsPerSetting: true,
  passes: (settings, model) => {
    const all = settings.map((setting) => completed(setting, model));
    return passesOfCurves(
      all.map((setting) => {
        return { steps: steps(setting, model.inputShape), repeats: setting.repeats, drawn: isDrawn(setting.baseline) };
      }),
      wholePasses(all),
    );
  },
  score,
});

async function score(request: ScoreRequest, settings: readonly Setting[]): Promise<Scores> {
  const { inputs } = request;
  const inputShape = inputs.shape.slice(1);
  const maps = finiteMaps(fittedMaps(request.maps, inputs), request);
  const all = settings.map((setting) => completed(setting, { inputShape }));
  const wholeBy = await wholeOutputsBy(request, all);
  return scoreSettings(request, all, async (setting) => {
    const { definition, patch, baseline, target, repeats } = setting;
    const units = patchesOf(inputShape, patch, defaults[definition].placed);
    const counts = countsTo(steps(setting, inputShape), 1);
    const how = { maps, units, counts, baseline, target, repeats, stream: randomStreams.regionPerturbation };
    const curves = await rankedRemoval(request, how);
    return curves.map(({ outputs, tied }, sample) => {
      const falls = outputs.map((output) => (wholeBy(target)[sample] ?? NaN) - output);
      const aopc = definition === 'quantus' ? trapezoid(falls) : sumOf(falls) / (falls.length + 1);
      return { aopc: finiteScore(aopc, request, { sample, setting }), ties: tied ? 1 : 0 };
    });
  });
}
