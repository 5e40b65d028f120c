import { XaigridError } from '@xaigrid/contracts';
import { redrawn, shuffled } from '@xaigrid/tensor';
import type { Model } from '../model.js';

/**
 * How the values of a weight are randomised: shuffled, or redrawn from a normal distribution with their mean and standard
 * deviation.
 */
export const randomisations = ['shuffle', 'redraw'] as const;
type Randomisation = (typeof randomisations)[number];

/** Layers all of whose weights are random. What the model learned is gone, but the range of the numbers stays. */
export interface RandomisedLayers {
  /** The names of the layers, as in the model's `layers`. */
  readonly layers: readonly string[];
  readonly seed: number;
  readonly by: Randomisation;
}

/**
 * Random values for a weight. They depend only on the weight's values, the seed and the name.
 * @param name of the weight: two weights of one size get different values
 */
export function randomValues(
  values: Float32Array,
  name: string,
  { seed, by }: Pick<RandomisedLayers, 'seed' | 'by'>,
): Float32Array<ArrayBuffer> {
  return by === 'shuffle' ? shuffled(values, seed, hashOf(name)) : redrawn(values, seed, hashOf(name));
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/**
 * A model from an ONNX file with random layers. A weight that several layers share is randomised with the first of them.
 * @throws LAYER_NOT_FOUND for a layer that the model lacks
 */
export function withRandomConstants(model: Model, randomised: RandomisedLayers): Model {
  const { layers } = randomised;
  assertLayers(layers, model.layers);
  const constants = new Map(model.graph.constants);
  const weights = model.layers.filter(({ name }) => layers.includes(name)).flatMap((layer) => layer.weights);
  for (const name of new Set(weights.map((weight) => weight.name))) {
    const constant = constants.get(name);
    if (constant?.data instanceof Float32Array)
      constants.set(name, { ...constant, data: randomValues(constant.data, name, randomised) });
  }
  return { ...model, graph: { ...model.graph, constants } };
}

/** @throws LAYER_NOT_FOUND for a layer that the model lacks */
export function assertLayers(wanted: readonly string[], layers: readonly { readonly name: string }[]): void {
  const unknown = wanted.find((layer) => !layers.some(({ name }) => name === layer));
  if (unknown !== undefined) throw new XaigridError('LAYER_NOT_FOUND', `The model has no layer "${unknown}" to randomise.`);
}
