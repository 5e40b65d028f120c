import { describe, expect, it } from 'vitest';
import { ints } from '../src/attributes.js';
import { GraphBuilder } from '../src/builder.js';
import { differentiate } from '../src/gradients/differentiate.js';
import { arrayOf } from './reference/array.js';
import { valueIn } from './reference/interpret.js';
import { runOnnx } from './reference/onnxruntime.js';

/** The gradient of Σ of a pooling's outputs in ONNX Runtime, at an input of equal values. */
async function gradientAtTies(op: string, shape: readonly number[], attributes: Record<string, number[]>, value = 0) {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float', [null, ...shape.slice(1)]);
  const y = builder.node(op, [x], Object.fromEntries(Object.entries(attributes).map(([name, list]) => [name, ints(list)])));
  const seed = builder.input('seed', 'float', builder.info(y).shape);
  const [gradient = ''] = differentiate(builder, { value: y, gradient: seed, wrt: [x] });
  builder.output(gradient, 'gradient');
  const ones = builder.info(y).shape.map((extent) => extent ?? shape[0] ?? 1);
  const result = await runOnnx(builder.build(), { x: arrayOf(shape, () => value), seed: arrayOf(ones, () => 1) });
  return [...valueIn(result, 'gradient').data];
}

describe('where all values of a window are equal, the gradient goes to the first', () => {
  it('in windows side by side', async () => {
    expect(await gradientAtTies('MaxPool', [2, 1, 4], { kernel_shape: [2], strides: [2] })).toEqual([1, 0, 1, 0, 1, 0, 1, 0]);
  });

  it('in windows that overlap, where it adds up', async () => {
    // Windows [0 1 2], [1 2 3], [2 3 4] begin at 0, 1, 2; padding on the left adds one that begins at 0 too.
    expect(await gradientAtTies('MaxPool', [1, 1, 5], { kernel_shape: [3], strides: [1] })).toEqual([1, 1, 1, 0, 0]);
    expect(await gradientAtTies('MaxPool', [1, 1, 5], { kernel_shape: [3], strides: [1], pads: [1, 0] })).toEqual([
      2, 1, 1, 0, 0,
    ]);
  });

  it('row before column in two dimensions', async () => {
    const shape = [1, 1, 2, 4];
    expect(await gradientAtTies('MaxPool', shape, { kernel_shape: [2, 2], strides: [2, 2] })).toEqual([1, 0, 1, 0, 0, 0, 0, 0]);
  });

  it('never in the padding, also of negative values', async () => {
    expect(await gradientAtTies('MaxPool', [1, 1, 3], { kernel_shape: [2], strides: [2], pads: [1, 0] }, -5)).toEqual([1, 1, 0]);
  });

  it('over all positions of a global pooling', async () => {
    expect(await gradientAtTies('GlobalMaxPool', [2, 1, 2, 2], {})).toEqual([1, 0, 0, 0, 1, 0, 0, 0]);
  });
});
