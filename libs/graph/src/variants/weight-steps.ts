import type { Model } from '../model.js';

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
