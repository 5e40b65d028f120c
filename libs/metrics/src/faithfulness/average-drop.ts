import { canonicalJson, XaigridError } from '@xaigrid/contracts';
import { outputsOfClasses, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { averagedOverChannels } from '../maps/averaged-over-channels.js';
import { finiteMaps } from '../maps/finite-maps.js';
import { fittedMaps } from '../maps/fitted-maps.js';
import type { ScoreRequest, Scores } from '../metric.js';
import { baselineSchema, engineBaseline, withBaseline } from '../perturbation/baseline.js';
import { finiteScore } from '../perturbation/finite-score.js';
import { maskedOutputs } from '../perturbation/masked-outputs.js';
import { targetParameter, wholeOutputsBy, wholePasses, withTarget } from '../perturbation/target.js';
import { scoreSettings } from '../score-each.js';
import { settingRules } from '../setting-rules.js';
import { masksOf, sharesOf, type MaskRule } from './average-drop/masks-and-shares.js';

const METRIC = 'average-drop';

const shape = {
  definition: z.enum(['paper', 'xplique', 'torchcam', 'pytorch-grad-cam']).default('paper').meta({
    description:
      'paper: a map is scaled to [0, 1], and the fall is a share of the output. xplique: the same of the map’s magnitudes. torchcam: the map is taken as it is. pytorch-grad-cam: likewise, and falls and rises are differences of the output, divided by nothing.',
  }),
  baseline: baselineSchema.default('zero').meta({
    description:
      'Towards what a sample is dimmed where its map is below 1: zero, mean (of each channel of the sample), minimum (the smallest value of the sample), { blur: SIGMA }, a number, one number a channel, or values of the shape of an input.',
  }),
  target: targetParameter,
};

const rules = settingRules(shape, {
  several: ['definition', 'target'],
  complete: (setting, model) => {
    if (setting.definition === 'paper' && setting.target !== 'probability') {
      throw new XaigridError(
        'SPEC_INVALID',
        `${METRIC}: definition: paper takes shares of a probability, and a ${setting.target} has none: it may be negative. Say target: probability, or the definition of a library: pytorch-grad-cam gives differences.`,
      );
    }
    return withTarget(withBaseline(setting, model), model);
  },
});
type Setting = z.infer<typeof rules.setting>;

/** How each definition turns the map into the mask. */
const masks: Readonly<Record<Setting['definition'], MaskRule>> = {
  paper: 'scaled',
  xplique: 'magnitudes scaled',
  torchcam: 'as it is',
  'pytorch-grad-cam': 'as it is',
};

/**
 * Average drop, increase in confidence and average gain: how the output changes if the sample is dimmed by its map (Chattopadhay
 * et al., "Grad-CAM++", WACV 2018, arXiv:1710.11063, section 4.1; gain: Zhang et al., "Opti-CAM", CVIU 248, 2024,
 * arXiv:2301.07002).
 *
 * With the mask m and the baseline b: x′ = m·x + (1 − m)·b, Y = F(x), O = F(x′). `paper`: m is the map scaled to [0, 1] by its
 * smallest and largest value; drop max(Y − O, 0)/Y, increase 1 if O > Y, gain max(O − Y, 0)/(1 − Y). `xplique` is
 * AverageDropMetric, AverageIncreaseMetric and AverageGainMetric of Xplique 2.0.2: |map| scaled with 1e-8 added to the
 * denominator, and 1e-8 added to the denominators of drop and gain. `torchcam` is ClassificationMetric of torchcam 0.5.0: m is
 * the map itself, drop max(Y − O, 0)/(Y + 1e-7); torchcam has no gain, so the paper's gain is used. `pytorch-grad-cam` is
 * DropInConfidence and IncreaseInConfidence of pytorch-grad-cam 1.5.7: m is the map itself, drop max(Y − O, 0), and likewise gain
 * max(O − Y, 0). Channels of a map are averaged. Settings with the same mask share a forward pass.
 *
 * Measures per sample: `drop`; `increase`; `gain`; `constantMaps` 1 if all positions of the map are equal, so that nothing can be
 * scaled.
 */
export const averageDrop = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Average drop, increase and gain',
  category: 'faithfulness',
  source:
    'Chattopadhay et al., Grad-CAM++, WACV 2018, arXiv:1710.11063, section 4.1; Zhang et al., Opti-CAM, CVIU 248, 2024, arXiv:2301.07002; AverageDropMetric, AverageIncreaseMetric and AverageGainMetric of Xplique 2.0.2; ClassificationMetric of torchcam 0.5.0; DropInConfidence and IncreaseInConfidence of pytorch-grad-cam 1.5.7.',
  summary: 'How much the output falls or rises when a sample is dimmed by its map: multiplied with it.',
  rules,
  headline: 'drop',
  measures: [
    {
      ...{ name: 'drop', aggregate: 'mean', title: 'Average drop', direction: 'lower', role: 'result' },
      meaning: 'The share of the output that is lost when the sample is dimmed by its map.',
      range: { low: 0 },
    },
    {
      ...{ name: 'increase', aggregate: 'share', title: 'Increase in confidence', direction: 'higher', role: 'result' },
      meaning: 'The share of samples whose output rises when they are dimmed by their maps.',
      range: { low: 0, high: 1 },
    },
    {
      ...{ name: 'gain', aggregate: 'mean', title: 'Average gain', direction: 'higher', role: 'result' },
      meaning: 'The share that is won of what the output lacks to 1 when the sample is dimmed by its map.',
      range: { low: 0 },
      scale: 1,
    },
    {
      ...{ name: 'constantMaps', aggregate: 'count', title: 'Constant maps', role: 'check' },
      meaning: 'Samples whose map is equal at all positions, so that it says nothing and cannot be scaled.',
      range: { low: 0, high: 1 },
      warning: { text: 'the map is equal at all positions: scaled to [0, 1] it is 0, and nothing of the sample is left' },
    },
  ],
  // Inputs, maps, their means over channels, masks and baselines.
  tensors: 5,
  rowsPerSetting: true,
  passes: (settings) => ({ forward: new Set(settings.map(maskKey)).size + wholePasses(settings), gradient: 0 }),
  score,
});

/** Everything that the outputs on dimmed samples depend on. */
function maskKey({ definition, baseline, target }: Setting): string {
  return canonicalJson([masks[definition], baseline, target]);
}

async function score(request: ScoreRequest, settings: readonly Setting[]): Promise<Scores> {
  const maps = fittedMaps(request.maps, request.inputs);
  const own = finiteMaps(averagedOverChannels(maps, request.inputs), request);
  const wholeBy = await wholeOutputsBy(request, settings);
  const found = new Map<string, Float64Array<ArrayBuffer>>();
  return scoreSettings(request, settings, async (setting) => {
    const dimmed = found.get(maskKey(setting)) ?? (await dimmedOutputs(request, maps, setting));
    found.set(maskKey(setting), dimmed);
    return own.map((map, sample) => {
      const { drop, increase, gain } = sharesOf(setting.definition, {
        whole: wholeBy(setting.target)[sample] ?? NaN,
        dimmed: dimmed[sample] ?? NaN,
      });
      finiteScore(drop + gain, request, { sample, setting });
      return { drop, increase, gain, constantMaps: map.every((value) => value === map[0]) ? 1 : 0 };
    });
  });
}

/** The scored class's output on each sample dimmed by its mask. The engine multiplies. */
async function dimmedOutputs(
  request: ScoreRequest,
  maps: Tensor,
  { definition, baseline, target }: Setting,
): Promise<Float64Array<ArrayBuffer>> {
  const { inputs, classes } = request;
  const { shape, data } = masksOf(masks[definition], maps, inputs);
  const sampleOf = Int32Array.from(classes.keys());
  const outputs = await maskedOutputs(request, {
    ...{ inputs, sampleOf, target, baseline: baseline === 'zero' ? baseline : engineBaseline(baseline, inputs) },
    masks: { maps: { shape: [...shape, 1], data }, mapOf: sampleOf, channelOf: new Int32Array(sampleOf.length), scaled: false },
  });
  return outputsOfClasses(outputs, classes);
}
