import type { ModelDescription } from '@xaigrid/engine';
import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { finiteMaps } from '../maps/finite-maps.js';
import type { ScoreRequest, Scores } from '../metric.js';
import { redrawingOf } from '../redrawing-of.js';
import { scoreEach } from '../score-each.js';
import { settingRules } from '../setting-rules.js';
import { histogramEntropy } from '../statistics/histogram-entropy.js';
import { byParameter, layerCounts, variantAt } from './layer-steps.js';

const METRIC = 'efficient-mprt';

const rules = settingRules(
  {
    bins: z.int().min(2).max(100_000).default(100).meta({
      description: 'Bins of the histogram of a map’s values, from its smallest to its largest.',
    }),
    by: byParameter,
  },
  {
    several: ['bins', 'by'],
    complete: (setting, model: ModelDescription) => {
      layerCounts('all', model);
      return setting;
    },
  },
);
type Setting = z.infer<typeof rules.setting>;

/**
 * Does a map become more disordered if the model loses what it learned? With H the entropy of a histogram of a map's values, Φ
 * the map of the model and Φ̂ the map of the model with all layers randomised: (H(Φ̂) − H(Φ)) / H(Φ).
 *
 * Efficient MPRT of Hedström et al. 2024 ("Sanity checks revisited: an exploration to repair the model parameter randomisation
 * test", arXiv:2401.06465), with histograms of 100 bins over each map's own range, the default of `EfficientMPRT` of Quantus
 * 0.6.0.
 *
 * Measures per sample: `entropyRise`; `entropy` H(Φ); `constantMaps` 1 if the sample's own map is the same everywhere: its
 * entropy is 0, and the rise counts as 0.
 */
export const efficientMprt = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Efficient MPRT',
  category: 'randomisation',
  source: 'Hedström et al., Sanity checks revisited, 2024, arXiv:2401.06465; bins as EfficientMPRT of Quantus 0.6.0.',
  summary: 'How much the entropy of a map’s values rises when all of the model’s weights are randomised.',
  rules,
  headline: 'entropyRise',
  measures: [
    {
      ...{ name: 'entropyRise', aggregate: 'mean', title: 'Rise of entropy', direction: 'higher', role: 'result' },
      meaning: 'How much the entropy of the map’s values rises on the randomised model, as a share of what it was.',
      range: { low: -1 },
      chance: 0,
    },
    {
      ...{ name: 'entropy', aggregate: 'mean', title: 'Entropy', role: 'detail' },
      meaning: 'The entropy of the values of the sample’s own map, in nats.',
      range: { low: 0 },
    },
    {
      ...{ name: 'constantMaps', aggregate: 'count', title: 'Constant', role: 'check' },
      meaning: 'Samples whose own map is the same everywhere: its entropy is 0, and the rise counts as 0.',
      range: { low: 0, high: 1 },
      warning: { text: 'the map is the same everywhere; its rise of entropy counts as 0' },
    },
  ],
  // Inputs, maps and redrawn maps.
  tensors: 3,
  drawsAgain: (settings) => waysOf(settings).length,
  score,
});

const waysOf = (settings: readonly Setting[]): Setting['by'][] => [...new Set(settings.map(({ by }) => by))];

async function score(request: ScoreRequest, settings: readonly Setting[]): Promise<Scores> {
  const { engine, inputs, maps, seed } = request;
  const { onVariant, explainedClasses: classes, sampleIndices } = redrawingOf(METRIC, request);
  const doubled = (of: Float32Array[]): Float64Array<ArrayBuffer>[] => of.map((map) => Float64Array.from(map));
  const own = doubled(finiteMaps(maps, request));
  const layers = engine.model.weightSteps.length;
  const again = new Map<Setting['by'], Float64Array<ArrayBuffer>[]>();
  for (const by of waysOf(settings)) {
    request.signal?.throwIfAborted();
    const variant = variantAt({ order: 'top-down', layers, by }, engine.model, seed);
    const drawn = await onVariant(variant, (draw) => draw({ inputs, classes, sampleIndices }));
    again.set(by, doubled(finiteMaps(drawn, request)));
  }
  return scoreEach(request, settings, (sample, { bins, by }) => {
    const [before, after] = [own, again.get(by)].map((of) => histogramEntropy(of?.[sample] ?? new Float64Array(), bins));
    const [entropy, risen] = [before ?? NaN, after ?? NaN];
    return {
      entropyRise: entropy === 0 ? 0 : (risen - entropy) / entropy,
      entropy,
      constantMaps: entropy === 0 ? 1 : 0,
    };
  });
}
