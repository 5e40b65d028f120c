import { XaigridError } from '@xaigrid/contracts';
import { shuffled } from '@xaigrid/tensor';
import type { Model } from './model.js';

/** Layers of which every weight has its own values in another order: what was learned is gone, the range of the numbers is not. */
export interface ShuffledLayers {
  /** By name, as the model's `layers` have them. */
  readonly layers: readonly string[];
  readonly seed: number;
}

/**
 * A weight's values in an order that depends on the seed and the name only.
 * @param name of the weight: two weights of one size get different orders
 */
export function shuffledValues(values: Float32Array, name: string, seed: number): Float32Array<ArrayBuffer> {
  return shuffled(values, seed, hashOf(name));
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/**
 * The layers of a model that have weights, in steps from the input to the output. A step is a layer with a kernel and what has weights between
 * it and the next such layer: its bias, a normalisation. What stands before the first kernel prepares samples, and is in no step.
 */
export function weightStepsOf(layers: Model['layers']): string[][] {
  const steps: string[][] = [];
  // A later call of a layer has the weights of the first.
  const known = new Set<string>();
  for (const { name, weights } of layers) {
    const own = weights.filter((weight) => !known.has(weight.name));
    for (const weight of own) known.add(weight.name);
    if (own.some(({ shape }) => isKernel(shape))) steps.push([name]);
    else if (own.length > 0) steps.at(-1)?.push(name);
  }
  return steps;
}

/** A kernel, a matrix or a table; a bias or scale has one axis that counts. */
function isKernel(shape: readonly number[]): boolean {
  return shape.filter((extent) => extent > 1).length > 1;
}

/**
 * A model read from an ONNX file, some of its layers shuffled. A weight that several layers share is shuffled with the first of them.
 * @throws LAYER_NOT_FOUND for a layer that it does not have
 */
export function withShuffledConstants(model: Model, { layers, seed }: ShuffledLayers): Model {
  assertLayers(layers, model.layers);
  const constants = new Map(model.graph.constants);
  const weights = model.layers.filter(({ name }) => layers.includes(name)).flatMap((layer) => layer.weights);
  for (const name of new Set(weights.map((weight) => weight.name))) {
    const constant = constants.get(name);
    if (constant?.data instanceof Float32Array)
      constants.set(name, { ...constant, data: shuffledValues(constant.data, name, seed) });
  }
  return { ...model, graph: { ...model.graph, constants } };
}

/** @throws LAYER_NOT_FOUND for a layer that the model does not have */
export function assertLayers(wanted: readonly string[], layers: readonly { readonly name: string }[]): void {
  const unknown = wanted.find((layer) => !layers.some(({ name }) => name === layer));
  if (unknown !== undefined) throw new XaigridError('LAYER_NOT_FOUND', `The model has no layer "${unknown}" to shuffle.`);
}
