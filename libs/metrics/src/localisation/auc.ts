import { ranksOf } from '@xaigrid/tensor';
import { defineMetric } from '../define-metric.js';
import { valuesMeaning, valuesSchema } from '../maps/position-values.js';
import { settingRules } from '../setting-rules.js';
import { regionMeasures, scoreByRegion } from './regions.js';

const METRIC = 'auc';

const rules = settingRules(
  { values: valuesSchema.default('signed').meta({ description: valuesMeaning }) },
  { several: ['values'] },
);

/**
 * The area under the ROC curve of a map used as a classifier of the region's positions: the share of pairs, one position inside
 * and one outside, in which the position inside has the higher value. A tie counts as half (Fawcett 2006, "An introduction to ROC
 * analysis", Pattern Recognition Letters 27). It is computed exactly from ranks: (Σ ranks inside − k(k − 1)/2) / (k·(n − k)),
 * ranks from 0, k of n positions inside. localisation/auc.py of Quantus 0.6.0 gives the same through scikit-learn.
 *
 * Measures per sample: `auc`; `noContrast` 1 if the region is empty or holds all positions; such a sample gets ½.
 */
export const auc = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'AUC of the region',
  category: 'localisation',
  source: 'Fawcett, An introduction to ROC analysis, Pattern Recognition Letters 27 (2006); AUC of Quantus 0.6.0.',
  summary: 'How well a map tells the positions of the region that makes the class from the others: the area under the ROC curve.',
  rules,
  needsRegions: true,
  headline: 'auc',
  measures: [
    {
      ...{ name: 'auc', aggregate: 'mean', title: 'AUC', direction: 'higher', role: 'result' },
      meaning: 'How often a position inside the region has a higher value than one outside; ties count half.',
      range: { low: 0, high: 1 },
      chance: 0.5,
    },
    regionMeasures.regionArea,
    {
      ...{ name: 'noContrast', aggregate: 'count', title: 'No contrast', role: 'check' },
      meaning: 'Samples whose region is empty or everything: there is nothing to tell apart, and they get ½.',
      range: { low: 0, high: 1 },
      warning: { text: 'the region is empty or everything; there is nothing to tell apart, and the sample gets ½' },
    },
  ],
  // Inputs, maps and regions.
  tensors: 3,
  score: (request, settings) =>
    scoreByRegion(METRIC, request, settings, {
      valuesOf: ({ values }) => values,
      of: ({ values, region, area }) => {
        const outside = region.length - area;
        const ranks = ranksOf(values);
        const sum = ranks.reduce((total, rank, position) => total + (region[position] === 1 ? rank : 0), 0);
        const hasContrast = area > 0 && outside > 0;
        return {
          auc: hasContrast ? (sum - (area * (area - 1)) / 2) / (area * outside) : 0.5,
          regionArea: area / region.length,
          noContrast: hasContrast ? 0 : 1,
        };
      },
    }),
});
