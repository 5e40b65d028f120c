import { XaigridError } from '@xaigrid/contracts';
import type { ModelDescription } from '@xaigrid/engine';
import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { finiteMaps } from '../maps/finite-maps.js';
import type { ScoreRequest, Scores } from '../metric.js';
import { rankCorrelation, ranksOf } from '../statistics/rank-correlation.js';
import { redrawingOf } from '../redrawing-of.js';

const METRIC = 'parameter-randomisation';
const orders = ['top-down', 'bottom-up', 'independent'] as const;
const count = z.int().positive();

const paramsSchema = z.strictObject({
  layers: z
    .union([z.enum(['all', 'each']), count, z.array(count).min(1)])
    .default('all')
    .meta({
      description:
        'How many layers with a kernel are randomised, with what follows each up to the next: all; each, a row for every number from one to all; or these numbers.',
    }),
  order: z.enum(orders).default('top-down').meta({
    description:
      'From which end layers are counted: top-down from the output, bottom-up from the input; independent: that one from the output alone.',
  }),
});

const settingSchema = z.strictObject({ order: z.enum(orders), layers: count });
type Setting = z.infer<typeof settingSchema>;

/**
 * Does a map depend on what the model has learned? The values of each weight are put into a random order, layer after layer, and the sample is
 * explained again about the same class. A map that stays alike explains the sample or the architecture, not the model.
 *
 * Model parameter randomisation of Adebayo et al. 2018 (NeurIPS, "Sanity checks for saliency maps", arXiv:1810.03292), cascading from the output
 * (`top-down`) or a layer at a time (`independent`), by Spearman's rank correlation of the maps. Weights are shuffled and not drawn from an
 * initialiser, which no file names; so does Quantus 0.6.0 with TensorFlow's models.
 *
 * Measures per sample: `rankCorrelation` of the maps' magnitudes; `signedRankCorrelation` of their values; `constantMaps` 1 if one of the two is
 * the same everywhere, where no order can be compared: both correlations are then 0.
 */
export const parameterRandomisation = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Parameter randomisation',
  category: 'randomisation',
  source:
    'Adebayo et al., Sanity checks for saliency maps, NeurIPS 2018, arXiv:1810.03292; weights are shuffled, as by Quantus 0.6.0 with TensorFlow.',
  summary: 'How alike a map stays when the model’s weights are put into a random order, layer after layer.',
  rules: { params: paramsSchema, setting: settingSchema, forms: '{order, layers}', settings: settingsOf },
  headline: 'rankCorrelation',
  sweeps: [{ key: 'layers', title: 'layers randomised' }],
  measures: [
    {
      ...{ name: 'rankCorrelation', aggregate: 'mean', title: 'Rank correlation', direction: 'lower', role: 'result' },
      meaning:
        'Spearman’s correlation of the magnitudes in the map and in that of the randomised model: 1 is a map that knows nothing of the weights.',
      range: { low: -1, high: 1 },
      chance: 0,
    },
    {
      ...{ name: 'signedRankCorrelation', aggregate: 'mean', title: 'Signed rank correlation', role: 'detail' },
      meaning: 'The same of the values with their signs.',
      range: { low: -1, high: 1 },
    },
    {
      ...{ name: 'constantMaps', aggregate: 'count', title: 'Constant', role: 'check' },
      meaning: 'Samples of which one of the two maps is the same everywhere: their correlation counts as 0.',
      range: { low: 0, high: 1 },
      warning: { text: 'one of the two maps is the same everywhere; its correlation counts as 0' },
    },
  ],
  // Inputs, maps and those that are drawn again.
  tensors: 3,
  drawsAgain: (settings) => settings.length,
  score,
});

function settingsOf(
  { layers, order }: z.infer<typeof paramsSchema>,
  { weightSteps: { length: most } }: ModelDescription,
): Setting[] {
  if (most === 0) throw new XaigridError('SPEC_INVALID', 'The model has no layer with weights that could be randomised.');
  const wanted =
    layers === 'all' ? [most] : layers === 'each' ? Array.from({ length: most }, (_, at) => at + 1) : [layers].flat();
  const tooMany = wanted.find((number) => number > most);
  if (tooMany !== undefined)
    throw new XaigridError(
      'SPEC_INVALID',
      `layers: ${tooMany} are more than the ${most} layers with a kernel that the model has.`,
    );
  return [...new Set(wanted)].map((number) => ({ order, layers: number }));
}

/** Which layers are randomised. */
function layersOf({ order, layers }: Setting, { weightSteps }: Pick<ModelDescription, 'weightSteps'>): string[] {
  const most = weightSteps.length;
  switch (order) {
    case 'top-down':
      return weightSteps.slice(most - layers).flat();
    case 'bottom-up':
      return weightSteps.slice(0, layers).flat();
    case 'independent':
      return [...(weightSteps[most - layers] ?? [])];
  }
}

async function score(request: ScoreRequest, settings: readonly Setting[]): Promise<Scores> {
  const { engine, inputs, maps, seed } = request;
  const { onVariant, explainedClasses: classes, sampleIndices } = redrawingOf(METRIC, request);
  const samples = inputs.shape[0] ?? 0;
  const own = finiteMaps(maps, request).map(rankedBothWays);
  const sizes = new Float64Array(settings.length * samples);
  const values = new Float64Array(settings.length * samples);
  const constants = new Float64Array(settings.length * samples);
  for (const [s, setting] of settings.entries()) {
    request.signal?.throwIfAborted();
    const shuffled = { layers: layersOf(setting, engine.model), seed, by: 'shuffle' } as const;
    const again = await onVariant(shuffled, (draw) => draw({ inputs, classes, sampleIndices }));
    for (const [sample, map] of finiteMaps(again, request).entries()) {
      const at = s * samples + sample;
      const after = rankedBothWays(map);
      const before = own[sample] ?? after;
      const correlation = rankCorrelation(before.sizes, after.sizes);
      const signed = rankCorrelation(before.values, after.values);
      sizes[at] = Number.isNaN(correlation) ? 0 : correlation;
      values[at] = Number.isNaN(signed) ? 0 : signed;
      constants[at] = Number.isNaN(correlation) ? 1 : 0;
    }
  }
  return { measures: { rankCorrelation: sizes, signedRankCorrelation: values, constantMaps: constants } };
}

/** The ranks of a map's magnitudes, and of its values with their signs. */
function rankedBothWays(map: Float32Array): { readonly sizes: Float64Array; readonly values: Float64Array } {
  return { sizes: ranksOf(map.map(Math.abs)), values: ranksOf(map) };
}
