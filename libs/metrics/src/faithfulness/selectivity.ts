import type { ModelDescription } from '@xaigrid/engine';
import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { finiteMaps } from '../maps/finite-maps.js';
import { fittedMaps } from '../maps/fitted-maps.js';
import type { ScoreRequest, Scores } from '../metric.js';
import { fillDescription, fillSchema, isDrawn, withFill } from '../perturbation/fill.js';
import { finiteScore } from '../perturbation/finite-score.js';
import { assertPatchFits, defaultPatch, patchCount, patchesOf, patchParameter } from '../perturbation/patches.js';
import { removalArea } from '../perturbation/removal-area.js';
import { passesOfCurves, rankedRemoval, repeatsParameter, tiesMeasure } from '../perturbation/removal-curves.js';
import { countsTo } from '../perturbation/steps.js';
import { targetParameter, wholeOutputsBy, wholePasses, withTarget } from '../perturbation/target.js';
import { randomStreams } from '../random-streams.js';
import { scoreSettings } from '../score-each.js';
import { settingRules } from '../setting-rules.js';

const METRIC = 'selectivity';

const defaults = {
  paper: { patch: 4, baseline: 'zero', placed: 'corner' },
  quantus: { patch: 8, baseline: 'minimum', placed: 'centred' },
} as const;

const shape = {
  definition: z.enum(['paper', 'quantus']).default('paper').meta({
    description:
      'paper: the area from f(x) on, over the share of patches that is removed. quantus: without f(x), a step 1 wide, so that the area grows with the number of patches.',
  }),
  patch: patchParameter.meta({
    description: 'Extent of a patch along each axis, in positions: a forward pass a patch. Default: 4; quantus: 8; of a table 1.',
  }),
  baseline: fillSchema.optional().meta({ description: `${fillDescription} Default: zero; quantus: minimum.` }),
  target: targetParameter,
  repeats: repeatsParameter,
};
type Setting = z.infer<z.ZodObject<typeof shape>>;

const rules = settingRules(shape, {
  several: ['definition', 'patch', 'target'],
  complete: (setting, model) => {
    const whole = withFill(withTarget(completed(setting, model), model), model);
    assertPatchFits(METRIC, whole.patch, model);
    return whole;
  },
});

function completed(setting: Setting, model: Pick<ModelDescription, 'inputShape'>) {
  const own = defaults[setting.definition];
  const { patch = defaultPatch(own.patch, model), baseline = own.baseline, ...others } = setting;
  return { ...others, patch, baseline };
}

/**
 * Selectivity (Montavon, Samek and Müller 2018, "Methods for interpreting and understanding deep neural networks", Digital Signal
 * Processing 73, arXiv:1706.07979, section 7.2): how fast the output falls while patches are removed one after the other, the
 * highest sum of attributions first.
 *
 * With f_k the output after k of n patches, f_0 = f(x): `paper` gives the area of the trapezoids under f_0 … f_n over the share
 * of removed patches, for patches of 4 × 4 set to zero. The grid begins in the first corner; the last patches are cut off at the
 * border.
 * `quantus` is the AUC of Selectivity of Quantus 0.6.0: the area of the trapezoids under f_1 … f_n, each step 1 wide, for patches
 * of 8 × 8 replaced by the smallest value of the sample. Its grid is centred.
 *
 * Measures per sample: `selectivityArea`; `ties` 1 if a step splits patches with equal attributions.
 */
export const selectivity = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Selectivity',
  category: 'faithfulness',
  source:
    'Montavon et al., Methods for interpreting and understanding deep neural networks, Digital Signal Processing 73, 2018, arXiv:1706.07979, section 7.2; Selectivity of Quantus 0.6.0.',
  summary: 'How fast the output falls while patches are removed one after the other, the highest-ranked first.',
  rules,
  headline: 'selectivityArea',
  measures: [
    {
      ...{ name: 'selectivityArea', aggregate: 'mean', title: 'Selectivity area', direction: 'lower', role: 'result' },
      meaning: 'The area under the output while the highest-ranked patches are removed first.',
      range: { low: 0 },
      scale: 1,
    },
    tiesMeasure,
  ],
  // Inputs, maps, places, baselines, and the parts of them that are repeated. The steps are cut into their own calls.
  tensors: 5,
  rowsPerSetting: true,
  passes: (settings, model) => {
    const all = settings.map((setting) => completed(setting, model));
    return passesOfCurves(
      all.map(({ patch, repeats, baseline }) => {
        return { steps: patchCount(model.inputShape, patch), repeats, drawn: isDrawn(baseline) };
      }),
      wholePasses(all.filter(({ definition }) => definition === 'paper')),
    );
  },
  score,
});

async function score(request: ScoreRequest, settings: readonly Setting[]): Promise<Scores> {
  const { inputs } = request;
  const inputShape = inputs.shape.slice(1);
  const maps = finiteMaps(fittedMaps(request.maps, inputs), request);
  const all = settings.map((setting) => completed(setting, { inputShape }));
  const wholeBy = await wholeOutputsBy(
    request,
    all.filter(({ definition }) => definition === 'paper'),
  );
  return scoreSettings(request, all, async (setting) => {
    const { definition, patch, baseline, target, repeats } = setting;
    const units = patchesOf(inputShape, patch, defaults[definition].placed);
    const counts = countsTo(units.count, 1);
    const how = { maps, units, counts, baseline, target, repeats, stream: randomStreams.selectivity };
    const curves = await rankedRemoval(request, how);
    return curves.map(({ outputs, tied }, sample) => {
      const whole = wholeBy(target)[sample] ?? NaN;
      const area = removalArea(outputs, definition === 'quantus' ? undefined : { counts, units: units.count, whole });
      return { selectivityArea: finiteScore(area, request, { sample, setting }), ties: tied ? 1 : 0 };
    });
  });
}
