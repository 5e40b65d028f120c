import { XaigridError } from '@xaigrid/contracts';
import type { ModelDescription } from '@xaigrid/engine';
import { segmentCount, rowsOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { finiteMaps } from '../maps/finite-maps.js';
import { fittedMaps } from '../maps/fitted-maps.js';
import type { ScoreRequest, Scores } from '../metric.js';
import { engineFill, fillDescription, fillSchema, isDrawn, withFill } from '../perturbation/fill.js';
import { removalArea } from '../perturbation/removal-area.js';
import {
  passesOfCurves,
  removalCurves,
  repeatsParameter,
  tiesMeasure,
  type RankedUnits,
} from '../perturbation/removal-curves.js';
import { segmentsOf } from '../perturbation/segments.js';
import { countsTo } from '../perturbation/steps.js';
import { wholeOutputs } from '../perturbation/target.js';
import { attributionsOf, type Units } from '../perturbation/units.js';
import { randomStreams } from '../random-streams.js';
import { sampleName } from '../sample-name.js';
import { scoreSettings } from '../score-each.js';
import { settingRules } from '../setting-rules.js';
import { runningMeans } from './irof/running-means.js';

const METRIC = 'irof';
const SEGMENTS = { paper: 300, quantus: 100 } as const;

const shape = {
  definition: z.enum(['paper', 'quantus']).default('paper').meta({
    description:
      'paper: the area over f_l / f(x), l = 0 … L, divided by the number of segments L. quantus: L less the area under it from l = 1 on, for segments that are replaced by the mean of the sample as it is at that step.',
  }),
  segments: z.int().min(2).max(100_000).optional().meta({
    description:
      'About how many segments a sample has: SLIC superpixels of images, else pieces of equal length. A forward pass each. Default: 300; quantus: 100.',
  }),
  compactness: z.number().positive().default(10).meta({
    description: 'How much distance counts for in superpixels, against colour: high values give squares.',
  }),
  baseline: fillSchema.optional().meta({ description: `${fillDescription} Default: mean. Not for quantus, which has its own.` }),
  repeats: repeatsParameter,
};
type Setting = z.infer<z.ZodObject<typeof shape>>;

const rules = settingRules(shape, { several: ['definition', 'segments', 'compactness'], complete: completed });

/** @throws SPEC_INVALID for what Quantus cannot do */
function completed(setting: Setting, model: ModelDescription): Setting {
  const { definition, segments = SEGMENTS[definition], baseline = 'mean', ...others } = setting;
  if (definition === 'paper') return withFill({ ...others, definition, segments, baseline }, model);
  const { inputShape } = model;
  if (setting.baseline !== undefined) {
    throw new XaigridError(
      'SPEC_INVALID',
      `${METRIC}: definition: quantus replaces segments by the mean of the sample as it is at that step, and takes no baseline. Leave the baseline out, or say definition: paper.`,
    );
  }
  if (inputShape.length !== 3 || inputShape.at(-1) !== 1) {
    throw new XaigridError(
      'SPEC_INVALID',
      `${METRIC}: IROF of Quantus works on images with one channel, and the model's input has the shape [${inputShape.join(', ')}]. Say definition: paper.`,
    );
  }
  return { ...others, definition, segments };
}

/**
 * IROF, iterative removal of features (Rieger and Hansen 2020, "IROF: a low resource evaluation metric for explanation methods",
 * arXiv:2003.08747): how far the output falls while segments of a sample are replaced one after the other, the highest mean
 * attribution first.
 *
 * With f_l the output after l of L segments, f_0 = f(x): `paper` gives 1 minus the area of the trapezoids under f_l / f_0, l = 0
 * … L, over the share of segments. It is 0 if nothing falls. The paper takes 300 SLIC superpixels and the mean of the data set.
 * Here the default is the mean of each channel of the sample; one number per channel can be given. `quantus` is IROF of Quantus
 * 0.6.0, for each sample by itself: L minus the area of the trapezoids under f_l / f_0, l = 1 … L, each step 1 wide.
 *
 * Measures per sample: `irof`; `segments`, L; `ties` 1 if a step splits segments with equal attributions; `oneSegment` 1 if L is
 * 1.
 */
export const irof = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'IROF',
  category: 'faithfulness',
  source:
    'Rieger and Hansen, IROF, arXiv:2003.08747, with superpixels of SLIC (Achanta et al., TPAMI 2012) as scikit-image 0.26 has them; IROF of Quantus 0.6.0.',
  summary: 'How far the output falls while segments are replaced one after the other, the highest-ranked first.',
  rules,
  headline: 'irof',
  measures: [
    {
      ...{ name: 'irof', aggregate: 'mean', title: 'IROF', direction: 'higher', role: 'result' },
      meaning: 'The area over the output’s share of f(x), while the highest-ranked segments are replaced first.',
      range: {},
    },
    {
      ...{ name: 'segments', aggregate: 'mean', title: 'Segments', role: 'reference' },
      meaning: 'How many segments a sample has.',
      range: { low: 1 },
    },
    tiesMeasure,
    {
      ...{ name: 'oneSegment', aggregate: 'count', title: 'One segment', role: 'check' },
      meaning: 'Samples whose superpixels all merged into one, as those of noise do: every map gets the same.',
      range: { low: 0, high: 1 },
      warning: { text: 'superpixels merged into one, so that every map gets the same; a higher compactness keeps them apart' },
    },
  ],
  // Inputs, maps, segments, places, baselines. The steps are cut into their own calls.
  tensors: 6,
  rowsPerSetting: true,
  passes: (settings, { inputShape }) =>
    passesOfCurves(
      settings.map(({ definition, segments = SEGMENTS[definition], repeats, baseline = 'mean' }) => {
        const { most, exact } = segmentCount(inputShape, segments);
        return { steps: most, repeats, drawn: isDrawn(baseline), ...(exact ? {} : { atMost: true }) };
      }),
    ),
  score,
});

async function score(request: ScoreRequest, settings: readonly Setting[]): Promise<Scores> {
  const { inputs } = request;
  const maps = finiteMaps(fittedMaps(request.maps, inputs), request);
  const whole = await wholeOutputs(request, 'probability');
  return scoreSettings(request, settings, async (setting) => {
    const { definition, segments = SEGMENTS[definition], compactness, baseline = 'mean', repeats } = setting;
    const ranked = maps.map((map, sample) => {
      const { data } = rowsOf(inputs, sample, sample + 1);
      return rankedByMean(map, segmentsOf(data, inputs.shape.slice(1), { segments, compactness }));
    });
    const curves = await removalCurves(request, {
      ...{ ranked, counts: (count) => countsTo(count, 1), way: 'remove', repeats },
      ...{ drawn: isDrawn(baseline), stream: randomStreams.irof },
      baseline: (drawing) => (definition === 'quantus' ? runningMeans(drawing) : engineFill(baseline, drawing)),
    });
    return curves.map(({ outputs, counts, tied }, sample) => {
      const first = whole[sample] ?? NaN;
      const shares = outputs.map((output) => output / first);
      const area =
        definition === 'quantus'
          ? outputs.length - removalArea(shares)
          : 1 - removalArea(shares, { counts, units: outputs.length, whole: 1 });
      if (!Number.isFinite(area)) throw notDivisible(request, sample);
      return { irof: area, segments: outputs.length, ties: tied ? 1 : 0, oneSegment: outputs.length === 1 ? 1 : 0 };
    });
  });
}

/** Ranks segments by their mean attribution. */
function rankedByMean(map: Float32Array, units: Units): RankedUnits {
  const sizes = new Float64Array(units.count);
  for (const unit of units.ofValue) sizes[unit] = (sizes[unit] ?? 0) + 1;
  return { units, scores: attributionsOf(map, units).map((sum, unit) => sum / (sizes[unit] ?? NaN)) };
}

function notDivisible(request: ScoreRequest, sample: number): XaigridError {
  return new XaigridError(
    'NOT_FINITE',
    `${sampleName(request, sample)} has no IROF: the output of the scored class on the sample, by which it divides, is 0, or an output is NaN or infinite. Score the predicted class, or check the sample, the baseline and the model's weights.`,
  );
}
