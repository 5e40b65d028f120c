import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../src/builder.js';
import { differentiate } from '../src/gradients/differentiate.js';
import { arrayOf, type NdArray } from './reference/array.js';
import { channelsFirst } from './reference/channels.js';
import { valueIn } from './reference/interpret.js';
import { savedBy, type KerasGolden } from './reference/keras-goldens.js';
import { runOnnx } from './reference/onnxruntime.js';
import { readModel } from './reference/read-model.js';

/** The largest difference, over the largest magnitude. */
function differenceOf(found: NdArray, expected: readonly number[]): number {
  expect(found.data.length).toBe(expected.length);
  const largest = Math.max(...expected.map(Math.abs), 1e-9);
  return Math.max(...expected.map((value, index) => Math.abs(value - (found.data[index] ?? NaN)))) / largest;
}

describe.each(['keras2', 'keras3'] as const)('what %s saved', (zip) => {
  it.each(savedBy(zip))('$file', async ({ file, files, golden }) => {
    const model = await readModel({ files, name: file });
    const [samples = 1] = golden.shape;
    const x = arrayOf(golden.shape, golden.x);
    const input = golden.shape.length > 2 ? channelsFirst(x) : x;
    const predicted = valueIn(await runOnnx(model.graph, { [model.input.name]: input }), model.output.name);
    // float32 sums of some hundred products.
    expect(differenceOf(predicted, golden.probabilities)).toBeLessThan(2e-5);

    const builder = GraphBuilder.from(model.graph);
    const seed = builder.input('seed of the gradient', 'float', [null, 3]);
    const embedded = model.layers.find(({ kind }) => kind === 'Embedding');
    const wrt = embedded?.value ?? model.input.name;
    const [gradient = ''] = differentiate(builder, { value: model.output.name, gradient: seed, wrt: [wrt] });
    builder.output(gradient, 'gradient');
    const classes = Array.from({ length: samples }, (_, row) => {
      const own = golden.probabilities.slice(3 * row, 3 * row + 3);
      return own.indexOf(Math.max(...own));
    });
    const oneHot = arrayOf([samples, 3], (index) => Number(index % 3 === classes[Math.floor(index / 3)]));
    const found = valueIn(await runOnnx(builder.build(), { [model.input.name]: input, [seed]: oneHot }), 'gradient');
    // A number that is looked up in a table has no gradient.
    if (embedded !== undefined) expect(found.data.some((value) => value !== 0)).toBe(true);
    else expect(differenceOf(found, channelsFirstOf(golden))).toBeLessThan(5e-5 + lostByKeras(golden));
  });
});

it.each([
  ['keras3', 'scaled_and_shifted.keras', []],
  ['keras3', 'scaled_and_shifted.h5', ['operations of Keras 3 in HDF5']],
  ['keras2', 'names_in_names.h5', ['names within names']],
] as const)('a model that earlier versions read wrongly has another fingerprint: %s, %s', async (zip, file, corrections) => {
  const { files = [] } = savedBy(zip).find((saved) => saved.file === file) ?? {};
  expect((await readModel({ files, name: file })).corrections).toEqual(corrections);
});

function channelsFirstOf({ shape, gradient }: KerasGolden): readonly number[] {
  return shape.length > 2 ? [...channelsFirst(arrayOf(shape, gradient)).data] : gradient;
}

/** What Keras loses in float32: its gradient of a softmax is y_c(1 − y_c), of which rounding takes some 1e-7 / (1 − y_c). */
function lostByKeras({ probabilities }: KerasGolden): number {
  const likeliest = probabilities.flatMap((_, at) => (at % 3 === 0 ? [Math.max(...probabilities.slice(at, at + 3))] : []));
  return 2e-7 / Math.max(1e-6, Math.min(...likeliest.map((probability) => 1 - probability)));
}
