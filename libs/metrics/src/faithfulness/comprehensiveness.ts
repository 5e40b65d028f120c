import type { ModelDescription } from '@xaigrid/engine';
import { keepRank, sumOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { finiteMaps } from '../maps/finite-maps.js';
import { fittedMaps } from '../maps/fitted-maps.js';
import type { ScoreRequest, Scores } from '../metric.js';
import { engineFill, fillDescription, fillSchema, isDrawn, withFill } from '../perturbation/fill.js';
import { finiteScore } from '../perturbation/finite-score.js';
import { passesOfCurves, removalCurves, repeatsParameter, tiesMeasure } from '../perturbation/removal-curves.js';
import { targetParameter, wholeOutputsBy, wholePasses, withTarget } from '../perturbation/target.js';
import { attributionsOf, unitCount, unitsOf, unitsParameter } from '../perturbation/units.js';
import { randomStreams } from '../random-streams.js';
import { scoreSettings } from '../score-each.js';
import { settingRules } from '../setting-rules.js';

const METRIC = 'comprehensiveness';
/** The shares of ERASER: 1, 5, 10, 20 and 50 %. */
const BINS = [0.01, 0.05, 0.1, 0.2, 0.5];

const fraction = z.number().gt(0).lt(1);
const shape = {
  keepFraction: fraction.optional().meta({
    description: 'The rationale is the ⌊n·f⌋ highest-ranked of n units, at least one.',
  }),
  bins: z
    .array(fraction)
    .min(1)
    .optional()
    .meta({
      description: `Keep fractions whose mean is taken (AOPC). Default when there is no keepFraction: ${BINS.join(', ')}.`,
    }),
  units: unitsParameter.default('positions'),
  baseline: fillSchema.default('zero').meta({ description: fillDescription }),
  target: targetParameter,
  repeats: repeatsParameter,
};
type Setting = z.infer<z.ZodObject<typeof shape>>;

const rules = settingRules(shape, {
  several: ['keepFraction', 'units', 'target'],
  complete: ({ keepFraction, bins, ...others }, model) => {
    const rest = withFill(withTarget(others, model), model);
    const ofBins = bins ?? (keepFraction === undefined ? BINS : undefined);
    return [
      ...(keepFraction === undefined ? [] : [{ keepFraction, ...rest }]),
      ...(ofBins === undefined ? [] : [{ bins: [...new Set(ofBins)], ...rest }]),
    ];
  },
});

/** The size of the rationale in units, for each keep fraction of a setting. */
function countsOf({ keepFraction, bins = [] }: Setting, units: number): number[] {
  return (keepFraction === undefined ? bins : [keepFraction]).map((kept) => Math.max(1, keepRank(units, kept)));
}

/**
 * Comprehensiveness and sufficiency (DeYoung et al. 2020, "ERASER: a benchmark to evaluate rationalized NLP models", ACL,
 * arXiv:1911.03429, section 5.2): are the units that a map ranks highest needed, and are they enough?
 *
 * The rationale r holds the ⌊n·f⌋ highest-ranked of n units, at least one. Comprehensiveness is F(x) − F(x without r),
 * sufficiency is F(x) − F(r alone). Removed units get the baseline. With `bins` both are means over several keep fractions, the
 * area over the perturbation curve (AOPC). The paper's formula begins with an empty rationale, k = 0. The authors' code
 * (`_instances_aopc` of eraserbenchmark) and this metric take the mean over the bins only. The paper deletes tokens; here
 * positions are replaced.
 *
 * Measures per sample: `comprehensiveness`; `sufficiency`; `ties` 1 if a rationale splits units with equal attributions.
 */
export const comprehensiveness = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Comprehensiveness and sufficiency',
  category: 'faithfulness',
  source: 'DeYoung et al., ERASER, ACL 2020, arXiv:1911.03429, section 5.2; AOPC as the mean over bins of the authors’ code.',
  summary: 'How far the output falls without the highest-ranked positions, and how far with these alone (ERASER).',
  rules,
  headline: 'comprehensiveness',
  sweeps: [{ key: 'keepFraction', title: 'Keep fraction' }],
  measures: [
    {
      ...{ name: 'comprehensiveness', aggregate: 'mean', title: 'Comprehensiveness', direction: 'higher', role: 'result' },
      meaning: 'How far the output falls when the highest-ranked units are taken out of the sample.',
      range: { high: 1 },
    },
    {
      ...{ name: 'sufficiency', aggregate: 'mean', title: 'Sufficiency', direction: 'lower', role: 'result' },
      meaning: 'How far the output falls when only the highest-ranked units stay.',
      range: { high: 1 },
    },
    tiesMeasure,
  ],
  // Inputs, maps, places, baselines, and the parts of them that are repeated. The steps are cut into their own calls.
  tensors: 5,
  rowsPerSetting: true,
  passes: (settings, { inputShape }: Pick<ModelDescription, 'inputShape'>) =>
    passesOfCurves(
      settings.map((setting) => ({
        ...{ steps: 2 * new Set(countsOf(setting, unitCount(setting.units, inputShape))).size, repeats: setting.repeats },
        drawn: isDrawn(setting.baseline),
      })),
      wholePasses(settings),
    ),
  score,
});

async function score(request: ScoreRequest, settings: readonly Setting[]): Promise<Scores> {
  const { inputs } = request;
  const maps = finiteMaps(fittedMaps(request.maps, inputs), request);
  const wholeBy = await wholeOutputsBy(request, settings);
  return scoreSettings(request, settings, async (setting) => {
    const { baseline, target, repeats } = setting;
    const units = unitsOf(setting.units, inputs.shape.slice(1));
    const asked = countsOf(setting, units.count);
    const counts = [...new Set(asked)].sort((a, b) => a - b);
    const ranked = maps.map((map) => ({ units, scores: attributionsOf(map, units) }));
    const how = {
      ...{ ranked, counts: () => counts, drawn: isDrawn(baseline), target, repeats },
      // The same random order for both: the units that one removes are the units that the other keeps.
      stream: randomStreams.comprehensiveness,
      baseline: (drawing: Parameters<typeof engineFill>[1]) => engineFill(baseline, drawing),
    };
    const without = await removalCurves(request, { ...how, way: 'remove' });
    const alone = await removalCurves(request, { ...how, way: 'insert' });
    return without.map(({ outputs, tied }, sample) => {
      const meanFall = (curve: Float64Array | undefined) => {
        const falls = Float64Array.from(
          asked,
          (count) => (wholeBy(target)[sample] ?? NaN) - (curve?.[counts.indexOf(count)] ?? NaN),
        );
        return finiteScore(sumOf(falls) / falls.length, request, { sample, setting });
      };
      return {
        comprehensiveness: meanFall(outputs),
        sufficiency: meanFall(alone[sample]?.outputs),
        ties: tied ? 1 : 0,
      };
    });
  });
}
