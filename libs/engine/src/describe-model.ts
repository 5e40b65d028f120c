import { logitsMadeBy, type Model } from '@xaigrid/graph';
import type { ModelDescription } from './engine.js';

/** The description of a model for users and explainers. It needs no engine. */
export function describeModel(model: Model): ModelDescription {
  return {
    inputShape: model.input.shape,
    classes: model.output.classes,
    ...(model.output.ending === 'two-classes-of-probability' ? { ofOneProbability: true } : {}),
    ...(model.output.multiLabel ? {} : { exclusive: true }),
    ...(logitsMadeBy(model) === undefined ? {} : { logits: true }),
    layers: model.layers.map(({ name, aliases, modules, attention, unplaced, tokens, kind, shape, parameters }) => {
      return {
        name,
        ...(aliases === undefined ? {} : { aliases }),
        ...(modules === undefined ? {} : { modules }),
        ...(attention === undefined ? {} : { attention }),
        ...(unplaced === undefined ? {} : { unplaced }),
        ...(tokens === undefined ? {} : { tokens }),
        ...{ kind, shape, parameters },
      };
    }),
    ...(model.attention.length === 0 ? {} : { attention: model.attention }),
    ...(model.readTokens === undefined ? {} : { readTokens: model.readTokens }),
    saliencyLayers: model.saliencyLayers,
    weightSteps: model.weightSteps,
  };
}
