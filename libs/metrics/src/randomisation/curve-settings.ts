import { XaigridError } from '@xaigrid/contracts';
import type { ModelDescription } from '@xaigrid/engine';
import { z } from 'zod';
import { byParameter, layerCounts, layersParameter, orderParameter } from './layer-steps.js';
import { assertSimilarityFits, similarityParameter, valuesParameter } from './map-similarity.js';
import { similarityOptions, type CurveSetting } from './randomisation-curves.js';

/** The parameters of a metric that compares maps of a model with maps of the model with more and more layers randomised. */
export const curveShape = {
  definition: z.enum(['paper', 'quantus']).default('paper').meta({
    description:
      'paper: each row compares with one randomised model. quantus: one row is the mean over the unchanged model, which is 1, and every step of all layers, as return_average_correlation of Quantus 0.6.0 gives it.',
  }),
  layers: layersParameter,
  order: orderParameter('top-down'),
  similarity: similarityParameter('spearman'),
  values: valuesParameter('absolute'),
  by: byParameter,
};

/** The parameters that may be lists. */
export const curveLists = ['definition', 'order', 'similarity', 'values', 'by'] as const;

/**
 * One setting for each number of layers that is asked for.
 * @throws SPEC_INVALID for more layers than the model has, for a similarity that does not fit the maps, and for parameters that
 * the definition does not have
 */
export function curveSteps<One extends CurveSetting>(setting: One, model: ModelDescription): One[] {
  const { definition, layers, similarity } = setting;
  if (definition === 'quantus' && layers !== 'all')
    throw refused(
      'definition: quantus is the mean over all layers. Leave layers out, or leave definition out to have a row for each step.',
    );
  if (definition === 'quantus' && similarity === 'hog')
    throw refused('Quantus compares no histograms of gradients. Use similarity: hog with definition: paper.');
  assertSimilarityFits(similarityOptions(setting), model.inputShape);
  return layerCounts(layers, model).map((number) => ({ ...setting, layers: number }));
}

const refused = (message: string): XaigridError => new XaigridError('SPEC_INVALID', message);
