import { describe, expect, it } from 'vitest';
import { int } from '../src/attributes.js';
import { GraphBuilder } from '../src/builder.js';
import { differentiate } from '../src/gradients/differentiate.js';
import { arrayOf } from './reference/array.js';
import { valueIn } from './reference/interpret.js';
import { runOnnx } from './reference/onnxruntime.js';

/** ∂y_c/∂z_j = y_c(δ_cj − y_j) in float64, 1 − y_c as the sum of the others. */
function closedForm(logits: readonly number[], chosen: number): number[] {
  const largest = Math.max(...logits);
  const shares = logits.map((z) => Math.exp(z - largest));
  const sum = shares.reduce((total, share) => total + share, 0);
  const y = shares.map((share) => share / sum);
  const others = y.reduce((total, share, at) => (at === chosen ? total : total + share), 0);
  return y.map((share, at) => (y[chosen] ?? NaN) * (at === chosen ? others : -share));
}

const softmaxes: Record<string, (b: GraphBuilder, z: string) => string> = {
  Softmax: (b, z) => b.node('Softmax', [z], { axis: int(1) }),
  'Exp of LogSoftmax': (b, z) => b.node('Exp', [b.node('LogSoftmax', [z], { axis: int(1) })]),
};

describe.each(Object.entries(softmaxes))('the gradient of %s', (_, head) => {
  it.each<[string, number[], number]>([
    ['of a class that is all but certain', [22, 3, 1.5, 2], 0],
    ['of a class that is certain to float32', [60, 3, 1.5, 2], 0],
    ['of a class that is all but excluded', [22, 3, 1.5, 2], 2],
    ['of classes that are about even', [0.3, 0.1, -0.2, 0.2], 1],
    ['of two that are equal', [5, 5, -20, -21], 0],
  ])('keeps its digits in float32: %s', async (__, logits, chosen) => {
    const b = new GraphBuilder('head');
    const z = b.input('z', 'float', [1, 4]);
    const y = head(b, z);
    const seed = b.input('seed', 'float', [1, 4]);
    const [gradient = ''] = differentiate(b, { value: y, gradient: seed, wrt: [z] });
    b.output(gradient, 'gradient');
    const oneHot = arrayOf([1, 4], (index) => Number(index === chosen));
    const found = valueIn(await runOnnx(b.build(), { z: arrayOf([1, 4], logits), seed: oneHot }), 'gradient');
    // Rounding of logarithms near 60 is 4e-6 of what they stand for; the other steps are some roundings of 6e-8.
    closedForm(logits, chosen).forEach((value, at) => expect(Math.abs((found.data[at] ?? NaN) / value - 1)).toBeLessThan(1e-5));
  });
});
