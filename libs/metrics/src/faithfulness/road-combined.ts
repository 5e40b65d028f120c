import { defineMetric } from '../define-metric.js';
import { finiteMaps } from '../maps/finite-maps.js';
import { fittedMaps } from '../maps/fitted-maps.js';
import { wholeOutputsBy } from '../perturbation/target.js';
import { randomStreams } from '../random-streams.js';
import { scoreSettings } from '../score-each.js';
import { imputedOutputs } from './road/imputed-outputs.js';
import { givesDifference, roadPasses, roadRules, roadSource, roadTies } from './road/settings.js';

/**
 * ROAD with both orders (road.ts): (least relevant first − most relevant first) / 2, as ROADCombined of pytorch-grad-cam 1.5.7. A
 * map without information gets 0 on average, because then both orders are random.
 *
 * Measures per sample, means over the fractions: `combinedConfidence`; `combinedAccuracy`; their parts `morfConfidence`,
 * `lerfConfidence`, `morfAccuracy`, `lerfAccuracy`; `ties`.
 */
export const roadCombined = defineMetric({
  metric: 'road-combined',
  version: 1,
  title: 'ROAD combined',
  category: 'faithfulness',
  source: roadSource,
  summary:
    'How much more the model says of the class when the lowest-ranked positions are imputed than when the highest-ranked are.',
  rules: roadRules,
  headline: 'combinedConfidence',
  measures: [
    {
      ...{ name: 'combinedConfidence', aggregate: 'mean', title: 'Combined confidence', direction: 'higher', role: 'result' },
      meaning: 'Half of what the output is higher without the least relevant positions than without the most relevant.',
      range: {},
      chance: 0,
    },
    {
      ...{ name: 'combinedAccuracy', aggregate: 'mean', title: 'Combined accuracy', direction: 'higher', role: 'result' },
      meaning: 'Half of how much more often the class is predicted without the least relevant positions than without the most.',
      range: { low: -0.5, high: 0.5 },
      chance: 0,
    },
    {
      ...{ name: 'morfConfidence', aggregate: 'mean', title: 'MoRF confidence', direction: 'lower', role: 'detail' },
      meaning: 'The output for the class when the most relevant positions are imputed.',
      range: {},
    },
    {
      ...{ name: 'lerfConfidence', aggregate: 'mean', title: 'LeRF confidence', direction: 'higher', role: 'detail' },
      meaning: 'The output for the class when the least relevant positions are imputed.',
      range: {},
    },
    {
      ...{ name: 'morfAccuracy', aggregate: 'mean', title: 'MoRF accuracy', direction: 'lower', role: 'detail' },
      meaning: 'How often the class is still predicted when the most relevant positions are imputed.',
      range: { low: 0, high: 1 },
    },
    {
      ...{ name: 'lerfAccuracy', aggregate: 'mean', title: 'LeRF accuracy', direction: 'higher', role: 'detail' },
      meaning: 'How often the class is still predicted when the least relevant positions are imputed.',
      range: { low: 0, high: 1 },
    },
    roadTies,
  ],
  // Inputs, maps and copies.
  tensors: 3,
  passes: (settings) => roadPasses(settings, 2),
  score: async (request, settings) => {
    const maps = finiteMaps(fittedMaps(request.maps, request.inputs), request);
    const wholeBy = await wholeOutputsBy(request, settings.filter(givesDifference));
    return scoreSettings(request, settings, async (setting) => {
      const morf = await imputedOutputs(request, { maps, setting, order: 'morf', stream: randomStreams.road });
      const lerf = await imputedOutputs(request, { maps, setting, order: 'lerf', stream: randomStreams.roadLeastFirst });
      return morf.map((most, sample) => {
        const { accuracy = NaN, confidence = NaN, tied = false } = lerf[sample] ?? {};
        const whole = givesDifference(setting) ? (wholeBy(setting.target)[sample] ?? NaN) : 0;
        return {
          combinedConfidence: (confidence - most.confidence) / 2,
          combinedAccuracy: (accuracy - most.accuracy) / 2,
          morfConfidence: most.confidence - whole,
          lerfConfidence: confidence - whole,
          morfAccuracy: most.accuracy,
          lerfAccuracy: accuracy,
          ties: tied || most.tied ? 1 : 0,
        };
      });
    });
  },
});
