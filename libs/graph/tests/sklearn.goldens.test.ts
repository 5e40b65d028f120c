import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../src/builder.js';
import { differentiate } from '../src/gradients/differentiate.js';
import type { Graph } from '../src/graph.js';
import type { Model } from '../src/model.js';
import { arrayOf } from './reference/array.js';
import { valueIn } from './reference/interpret.js';
import { runOnnx } from './reference/onnxruntime.js';
import { readModel } from './reference/read-model.js';
import { sklearnFile, sklearnGoldens } from './reference/sklearn-goldens.js';

const { samples, cases } = sklearnGoldens;
/** One value of a graph of all samples, in one batch or, where the model wants it so, one by one. */
async function valuesOf(
  { alone }: Model,
  graph: Graph,
  { input, name }: { readonly input: string; readonly name: string },
  more: readonly (readonly [string, readonly (readonly number[])[]])[] = [],
) {
  const batches = alone === undefined ? [samples.map((_, row) => row)] : samples.map((_, row) => [row]);
  const found: number[] = [];
  for (const rows of batches) {
    const feeds = [[input, samples] as const, ...more].map(([feed, values]) => {
      const own = rows.map((row) => values[row] ?? []);
      return [feed, arrayOf([own.length, own[0]?.length ?? 0], own.flat())] as const;
    });
    found.push(...valueIn(await runOnnx(graph, Object.fromEntries(feeds)), name).data);
  }
  return found;
}

/** Between two arrays, over the largest magnitude of the second. */
function differenceOf(found: ArrayLike<number>, expected: readonly number[]): number {
  expect(found.length).toBe(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, at) => Math.abs(value - (found[at] ?? NaN)))) / largest;
}

describe.each(cases)('scikit-learn’s $name', ({ name, probabilities, explained, gradients }) => {
  const classes = probabilities[0]?.length ?? 0;

  it.each([name, `${name}-zipmap`])('gives its probabilities in a batch: %s', async (file) => {
    const model = await readModel({ files: [sklearnFile(file)], name: file });
    expect(model.output).toMatchObject({ classes, ending: 'none', multiLabel: false });
    const found = await valuesOf(model, model.graph, { input: model.input.name, name: model.output.name });
    // float32 sums of a few products; trees and votes are exact.
    expect(differenceOf(found, probabilities.flat())).toBeLessThan(4e-7);
  });

  it.runIf(gradients !== undefined)('has its gradient', async () => {
    const model = await readModel({ files: [sklearnFile(name)], name });
    const builder = GraphBuilder.from(model.graph);
    const seed = builder.input('seed of the gradient', 'float', [model.alone === undefined ? null : 1, classes]);
    const [gradient = ''] = differentiate(builder, { value: model.output.name, gradient: seed, wrt: [model.input.name] });
    builder.output(gradient, 'gradient');
    const oneHot = explained.map((own) => Array.from({ length: classes }, (_, at) => Number(at === own)));
    const found = await valuesOf(model, builder.build(), { input: model.input.name, name: 'gradient' }, [[seed, oneHot]]);
    // Scores of some tens, as quadratic discriminants have them, lose 1e-6 in float32, and probabilities with them.
    expect(differenceOf(found, gradients?.flat() ?? [])).toBeLessThan(1e-5);
  });
});

// Behind a scaler: 10⁴ standard deviations are scores of some thousands, and exp of them is beyond float32.
it.each(['sgd', 'calibrated'])('%s has a finite gradient far from all data', async (name) => {
  const model = await readModel({ files: [sklearnFile(name)], name });
  const builder = GraphBuilder.from(model.graph);
  const classes = model.output.classes;
  const seed = builder.input('seed of the gradient', 'float', [null, classes]);
  const [gradient = ''] = differentiate(builder, { value: model.output.name, gradient: seed, wrt: [model.input.name] });
  builder.output(gradient, 'gradient');
  const far = samples.flatMap((sample) => sample.map((value, feature) => (feature % 2 === 0 ? value : -value) * 1e4));
  const found = await runOnnx(builder.build(), {
    [model.input.name]: arrayOf([samples.length, far.length / samples.length], far),
    [seed]: arrayOf(
      [samples.length, classes],
      Array.from({ length: samples.length * classes }, (_, at) => Number(at % classes === 0)),
    ),
  });
  expect(Array.from(valueIn(found, 'gradient').data).every(Number.isFinite)).toBe(true);
});
