import { layerNamed, type ModelDescription } from '@xaigrid/engine';
import { rowsOf, sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { settingRules } from '../setting-rules.js';
import { keptClasses } from './kept-classes.js';
import {
  completedRelative,
  relativeDraws,
  relativeMeasures,
  relativeParameters,
  relativeSquares,
  scoreRelative,
} from './relative-stability.js';

const METRIC = 'relative-representation-stability';
const rules = settingRules(
  {
    ...relativeParameters,
    layers: z
      .union([z.literal('all'), z.array(z.string()).min(1)])
      .default('all')
      .meta({ description: 'Whose outputs are the model’s representation of a sample: all layers, or these.' }),
  },
  {
    several: ['definition', 'noise'],
    complete: (setting, model) => ({
      ...completedRelative(setting),
      layers: setting.layers === 'all' ? setting.layers : setting.layers.map((name) => layerNamed(model, name).name),
    }),
  },
);
type Setting = z.infer<typeof rules.setting>;

/**
 * Does a map change more than the model's internal representation of its sample, both relative to their own values? The largest
 * of ‖(e − e′)/e‖₂ / max(‖(L(x) − L(x′))/L(x)‖₂, ε), ε = 1e-6, with e the map of a sample x, e′ the map of a sample x′ near it
 * for which the model predicts the same class, and L the concatenated outputs of layers.
 *
 * - `paper`: Agarwal et al. 2022 ("Rethinking stability for attribution-based explanations", arXiv:2203.06877), equation 3, with
 * noise and copies as in `relative-input-stability`. The paper leaves the layers open. Values of e and of L(x) that are 0, of
 * which ReLU makes many, have no quotient and are left out.
 * - `quantus`: RelativeRepresentationStability of Quantus 0.6.0, with its noise, and 1e-6 for each 0 of e and L(x): a single unit
 * that ReLU sets to 0 and that noise moves makes the divisor about 1e5, and the score about 0.
 *
 * Measures per sample: `relativeRepresentationStability`; checks as in `relative-input-stability`.
 */
export const relativeRepresentationStability = defineMetric({
  metric: METRIC,
  version: 2,
  title: 'Relative representation stability',
  category: 'robustness',
  source:
    'Agarwal et al., Rethinking stability for attribution-based explanations, 2022, arXiv:2203.06877, equation 3; Quantus 0.6.0.',
  summary: 'How much a map changes by its own values, over how much the outputs of the model’s layers do.',
  rules,
  headline: 'relativeRepresentationStability',
  sweeps: [{ key: 'noise', title: 'noise' }],
  measures: relativeMeasures(
    'relativeRepresentationStability',
    'Relative representation stability',
    'that of the outputs of the model’s layers',
  ),
  // Inputs, moved inputs and maps; the outputs of all layers, before and after.
  tensors: ({ inputShape, layers }) =>
    4 + (2 * layers.reduce((sum, { shape }) => sum + sizeOf(shape), 0)) / Math.max(1, sizeOf(inputShape)),
  // The outputs of the layers do not tell the predicted class, so each draw takes two passes.
  passes: (settings, model) => ({ forward: 2 * relativeDraws(settings) + choicesOf(settings, model).size, gradient: 0 }),
  drawsAgain: relativeDraws,
  score: async (request, settings: readonly Setting[]) => {
    const { engine, inputs } = request;
    const own = new Map<string, Tensor[]>();
    for (const [key, names] of choicesOf(settings, engine.model)) own.set(key, await engine.activations(inputs, names));
    return scoreRelative(request, settings, {
      ...{ metric: METRIC, measure: 'relativeRepresentationStability' },
      changes: (setting) => {
        const names = namesOf(setting, engine.model);
        const before = own.get(keyOf(names)) ?? [];
        return Promise.resolve(async (drawn) => ({
          sizes: representationChanges(before, await engine.activations(drawn.moved, names), setting.definition),
          kept: await keptClasses(request, drawn),
        }));
      },
    });
  },
});

function namesOf({ layers }: Pick<Setting, 'layers'>, model: Pick<ModelDescription, 'layers'>): readonly string[] {
  return layers === 'all' ? model.layers.map(({ name }) => name) : layers;
}

const keyOf = (names: readonly string[]): string => names.join('\n');

/** The distinct choices of layers among the settings. */
function choicesOf(
  settings: readonly Pick<Setting, 'layers'>[],
  model: Pick<ModelDescription, 'layers'>,
): Map<string, readonly string[]> {
  return new Map(settings.map((setting) => namesOf(setting, model)).map((names) => [keyOf(names), names]));
}

/** ‖(L(x) − L(x′))/L(x)‖₂ of each sample, over all layers. */
function representationChanges(
  before: readonly Tensor[],
  after: readonly Tensor[],
  definition: Setting['definition'],
): Float64Array {
  const sums = new Float64Array(before[0]?.shape[0] ?? 0);
  for (const [layer, outputs] of before.entries()) {
    const moved = after[layer] ?? outputs;
    for (let row = 0; row < sums.length; row++) {
      const change = relativeSquares(rowsOf(outputs, row, row + 1).data, rowsOf(moved, row, row + 1).data, definition);
      sums[row] = (sums[row] ?? 0) + change;
    }
  }
  return sums.map(Math.sqrt);
}
