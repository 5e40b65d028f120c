import { defineMetric } from '../define-metric.js';
import { finiteMaps } from '../maps/finite-maps.js';
import { fittedMaps } from '../maps/fitted-maps.js';
import { wholeOutputsBy } from '../perturbation/target.js';
import { randomStreams } from '../random-streams.js';
import { scoreSettings } from '../score-each.js';
import { imputedOutputs } from './road/imputed-outputs.js';
import { givesDifference, roadPasses, roadRules, roadSource, roadTies } from './road/settings.js';

/**
 * ROAD, remove and debias, most relevant first (Rong et al. 2022, "A consistent and efficient evaluation strategy for attribution
 * methods", ICML, arXiv:2202.00449): the highest-ranked positions are replaced by noisy linear imputation from their neighbours
 * (`linearImputation`), so that the shape of the gap tells the model nothing. How often is the scored class still predicted, and
 * how high is its output?
 *
 * `paper`: at each fraction f, the ⌊n·f⌋ highest-ranked of n positions, equal ones in random order. `quantus` is ROAD of Quantus
 * 0.6.0: the same at 1, 3, … 99 %; Quantus uses only the first batch, and images with one channel. `pytorch-grad-cam` is
 * ROADMostRelevantFirstAverage of pytorch-grad-cam 1.5.7: positions at or above the quantile 1 − f of the map, and the confidence
 * minus that on the whole sample. Noise comes from the sample's own random numbers. In a signal a position has two neighbours, in
 * a volume 26, weighted by `neighboursOf`.
 *
 * Measures per sample, means over the fractions: `morfAccuracy`; `morfConfidence`; `ties` 1 if a fraction splits equal values of
 * the map. ROAD-combined also replaces the least relevant positions (road-combined.ts).
 */
export const road = defineMetric({
  metric: 'road',
  version: 1,
  title: 'ROAD',
  category: 'faithfulness',
  source: roadSource,
  summary: 'How much the model still says of the class when the highest-ranked positions are imputed from their neighbours.',
  rules: roadRules,
  headline: 'morfAccuracy',
  measures: [
    {
      ...{ name: 'morfAccuracy', aggregate: 'mean', title: 'ROAD accuracy', direction: 'lower', role: 'result' },
      meaning: 'How often the class is still predicted when the most relevant positions are imputed.',
      range: { low: 0, high: 1 },
    },
    {
      ...{ name: 'morfConfidence', aggregate: 'mean', title: 'ROAD confidence', direction: 'lower', role: 'result' },
      meaning: 'The output for the class when the most relevant positions are imputed.',
      range: {},
    },
    roadTies,
  ],
  // Inputs, maps and copies.
  tensors: 3,
  passes: (settings) => roadPasses(settings, 1),
  score: async (request, settings) => {
    const maps = finiteMaps(fittedMaps(request.maps, request.inputs), request);
    const wholeBy = await wholeOutputsBy(request, settings.filter(givesDifference));
    return scoreSettings(request, settings, async (setting) => {
      const imputed = await imputedOutputs(request, { maps, setting, order: 'morf', stream: randomStreams.road });
      return imputed.map(({ accuracy, confidence, tied }, sample) => ({
        morfAccuracy: accuracy,
        morfConfidence: confidence - (givesDifference(setting) ? (wholeBy(setting.target)[sample] ?? NaN) : 0),
        ties: tied ? 1 : 0,
      }));
    });
  },
});
