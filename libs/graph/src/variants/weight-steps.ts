import type { Model } from '../model.js';

/**
 * The layers of a model with weights, in steps from the input to the output. A step is a layer with a kernel and the layers with
 * weights after it, up to the next such layer: a bias, a normalisation. Layers before the first kernel prepare samples and are in
 * no step.
 */
export function weightStepsOf(layers: Model['layers']): string[][] {
  const steps: string[][] = [];
  // A later call of a layer has the weights of the first call.
  const known = new Set<string>();
  for (const { name, weights } of layers) {
    const own = weights.filter((weight) => !known.has(weight.name));
    for (const weight of own) known.add(weight.name);
    if (own.some(({ shape }) => isKernel(shape))) steps.push([name]);
    else if (own.length > 0) steps.at(-1)?.push(name);
  }
  return steps;
}

/** Whether a weight is a kernel, a matrix or a table. A bias or scale has at most one axis longer than 1. */
function isKernel(shape: readonly number[]): boolean {
  return shape.filter((extent) => extent > 1).length > 1;
}
