import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { finiteMaps } from '../maps/finite-maps.js';
import { fittedMaps } from '../maps/fitted-maps.js';
import type { ScoreRequest, Scores } from '../metric.js';
import { fillDescription, fillSchema, isDrawn, withFill } from '../perturbation/fill.js';
import { finiteScore } from '../perturbation/finite-score.js';
import { removalArea } from '../perturbation/removal-area.js';
import { passesOfCurves, rankedRemoval, repeatsParameter, tiesMeasure } from '../perturbation/removal-curves.js';
import { countsTo } from '../perturbation/steps.js';
import { targetParameter, wholeOutputsBy, wholePasses, withTarget } from '../perturbation/target.js';
import { unitCount, unitsOf, unitsParameter } from '../perturbation/units.js';
import { randomStreams } from '../random-streams.js';
import { scoreSettings } from '../score-each.js';
import { settingRules } from '../setting-rules.js';

const defaults = {
  paper: { units: 'positions', baseline: 'inverted' },
  quantus: { units: 'values', baseline: 'minimum' },
} as const;

const shape = {
  definition: z.enum(['paper', 'quantus']).default('paper').meta({
    description:
      'paper: the area from f(x) on, over the share that is flipped. quantus: without f(x), a step 1 wide, so that the area grows with the number of steps.',
  }),
  units: unitsParameter.optional().meta({
    description:
      'What is flipped by itself: a position with all its channels, or each value. Default: positions; quantus: values.',
  }),
  perStep: z.int().min(1).default(1).meta({ description: 'Units that are flipped in one step: a forward pass each step.' }),
  baseline: fillSchema.optional().meta({ description: `${fillDescription} Default: inverted; quantus: minimum.` }),
  target: targetParameter,
  repeats: repeatsParameter,
};
type Setting = z.infer<z.ZodObject<typeof shape>>;

const rules = settingRules(shape, {
  several: ['definition', 'units', 'perStep', 'target'],
  complete: (setting, model) => withFill(withTarget(completed(setting), model), model),
});

function completed(setting: Setting) {
  const own = defaults[setting.definition];
  const { units = own.units, baseline = own.baseline, ...others } = setting;
  return { ...others, units, baseline };
}

/**
 * Pixel flipping (Bach et al. 2015, "On pixel-wise explanations for non-linear classifier decisions by layer-wise relevance
 * propagation", PLOS ONE 10(7), e0130140): how fast the output falls while pixels are flipped one after the other, the highest
 * attribution first.
 *
 * With f_k the output after k of n steps, f_0 = f(x): `paper` gives the area of the trapezoids under f_0 … f_n over the share of
 * flipped units. The paper flips pixels of black-and-white digits to the opposite value; `inverted` does this, and mirrors values
 * in between. The paper shows the curve without a number.
 * `quantus` is the AUC of PixelFlipping of Quantus 0.6.0: the area of the trapezoids under f_1 … f_n, each step 1 wide. Values
 * are flipped one by one to the smallest value of the sample.
 *
 * Measures per sample: `flippingArea`; `ties` 1 if a step splits units with equal attributions.
 */
export const pixelFlipping = defineMetric({
  metric: 'pixel-flipping',
  version: 1,
  title: 'Pixel flipping',
  category: 'faithfulness',
  source: 'Bach et al., PLOS ONE 10(7), 2015, e0130140; PixelFlipping of Quantus 0.6.0.',
  summary: 'How fast the output falls while pixels are flipped one after the other, the highest-ranked first.',
  rules,
  headline: 'flippingArea',
  measures: [
    {
      ...{ name: 'flippingArea', aggregate: 'mean', title: 'Flipping area', direction: 'lower', role: 'result' },
      meaning: 'The area under the output while the highest-ranked pixels are flipped first.',
      range: { low: 0 },
      scale: 1,
    },
    tiesMeasure,
  ],
  // Inputs, maps, places, baselines, and the parts of them that are repeated. The steps are cut into their own calls.
  tensors: 5,
  rowsPerSetting: true,
  passes: (settings, { inputShape }) => {
    const all = settings.map(completed);
    return passesOfCurves(
      all.map(({ units, perStep, repeats, baseline }) => ({
        ...{ steps: Math.ceil(unitCount(units, inputShape) / perStep), repeats, drawn: isDrawn(baseline) },
      })),
      wholePasses(all.filter(readsWhole)),
    );
  },
  score,
});

function readsWhole({ definition }: Pick<Setting, 'definition'>): boolean {
  return definition === 'paper';
}

async function score(request: ScoreRequest, settings: readonly Setting[]): Promise<Scores> {
  const { inputs } = request;
  const maps = finiteMaps(fittedMaps(request.maps, inputs), request);
  const all = settings.map(completed);
  const wholeBy = await wholeOutputsBy(request, all.filter(readsWhole));
  return scoreSettings(request, all, async (setting) => {
    const { definition, perStep, baseline, target, repeats } = setting;
    const units = unitsOf(setting.units, inputs.shape.slice(1));
    const counts = countsTo(units.count, perStep);
    const how = { maps, units, counts, baseline, target, repeats, stream: randomStreams.pixelFlipping };
    const curves = await rankedRemoval(request, how);
    return curves.map(({ outputs, tied }, sample) => {
      const whole = wholeBy(target)[sample] ?? NaN;
      const area = removalArea(outputs, definition === 'quantus' ? undefined : { counts, units: units.count, whole });
      return { flippingArea: finiteScore(area, request, { sample, setting }), ties: tied ? 1 : 0 };
    });
  });
}
