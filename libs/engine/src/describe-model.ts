import { logitsMadeBy, type Model } from '@xaigrid/graph';
import type { ModelDescription } from './engine.js';

/** What users and explainers may know of a model, without loading an engine. */
export function describeModel(model: Model): ModelDescription {
  return {
    inputShape: model.input.shape,
    classes: model.output.classes,
    ...(model.output.ending === 'two-classes-of-probability' ? { ofOneProbability: true } : {}),
    ...(model.output.multiLabel ? {} : { exclusive: true }),
    ...(logitsMadeBy(model) === undefined ? {} : { logits: true }),
    layers: model.layers.map(({ name, aliases, kind, shape, parameters }) => {
      return { name, ...(aliases === undefined ? {} : { aliases }), kind, shape, parameters };
    }),
    saliencyLayers: model.saliencyLayers,
    weightSteps: model.weightSteps,
  };
}
