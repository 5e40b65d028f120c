import { readFile } from 'node:fs/promises';
import { constantOf, GraphBuilder, ints, writeOnnx, type Model, type ModelVariant } from '@xaigrid/graph';
import { uniformTensor } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { demoModel } from '../../../tests/support/demo-models.js';
import { createEngine, readModel } from '../src/index.js';

async function demo(variant?: ModelVariant): Promise<Model> {
  const files = await Promise.all(
    ['model.json', 'weights.bin'].map(async (name) => ({
      name,
      bytes: new Uint8Array(await readFile(new URL(name, demoModel('mnist1d-cnn')))),
    })),
  );
  return readModel({ files, name: 'cnn', ...(variant === undefined ? {} : { variant }) });
}

/** Two convolutions, a normalisation and a head; what comes before prepares samples. */
function exported(variant?: ModelVariant): Promise<Model> {
  const builder = new GraphBuilder();
  const values = (shape: readonly number[], step: number) =>
    constantOf(
      'float',
      shape,
      Array.from({ length: shape.reduce((product, extent) => product * extent, 1) }, (_, at) => Math.sin(step * at) / 3),
    );
  const weight = (name: string, shape: readonly number[], step: number) => builder.constant(values(shape, step), name);
  const prepared = builder.named('/prepare/Sub', 'Sub', [
    builder.input('x', 'float', [null, 3, 8]),
    weight('mean', [1, 3, 1], 1),
  ]);
  const attributes = { kernel_shape: ints([3]), pads: ints([1, 1]) };
  const first = builder.named(
    '/conv1/Conv',
    'Conv',
    [prepared, weight('conv1.weight', [4, 3, 3], 2), weight('conv1.bias', [4], 3)],
    attributes,
  );
  const scaled = builder.named('/norm/Mul', 'Mul', [
    builder.named('/relu/Relu', 'Relu', [first]),
    weight('norm.weight', [1, 4, 1], 4),
  ]);
  const second = builder.named('/conv2/Conv', 'Conv', [scaled, weight('conv2.weight', [5, 4, 3], 5)], attributes);
  const pooled = builder.named('/pool/GlobalMaxPool', 'GlobalMaxPool', [second]);
  const flat = builder.named('/flat/Flatten', 'Flatten', [pooled]);
  builder.output(builder.named('/head/Gemm', 'Gemm', [flat, weight('head.weight', [5, 2], 6), weight('head.bias', [2], 7)]));
  const bytes = writeOnnx(builder.build());
  return readModel({ files: [{ name: 'm.onnx', bytes }], name: 'm', ...(variant === undefined ? {} : { variant }) });
}

async function outputsOf(model: Model, name: 'onnxruntime' | 'tensorflow'): Promise<Float32Array> {
  const engine = await createEngine({ model, name, threads: 1 });
  try {
    return (await engine.predict(uniformTensor([4, ...model.input.shape]))).data;
  } finally {
    await engine.close();
  }
}

describe('a model with layers whose weights are shuffled', () => {
  it('has its layers with weights in steps, what prepares samples left out', async () => {
    expect((await exported()).weightSteps).toEqual([['/conv1/Conv', '/norm/Mul'], ['/conv2/Conv'], ['/head/Gemm']]);
    expect((await demo()).weightSteps).toEqual([['conv1d'], ['conv1d_1'], ['conv1d_2'], ['dense']]);
  });

  it('has the values of each weight of these layers in another order, and all others as they were', async () => {
    const [plain, shuffled] = [
      await exported(),
      await exported({ layers: ['/conv2/Conv', '/head/Gemm'], seed: 3, by: 'shuffle' }),
    ];
    const sorted = (model: Model, name: string) => (model.graph.constants.get(name)?.data as Float32Array).toSorted();
    const shuffledWeights = new Set<string>();
    for (const [name, { data }] of plain.graph.constants) {
      const other = shuffled.graph.constants.get(name)?.data;
      const moves = ['conv2.weight', 'head.weight', 'head.bias'].some((weight) => name.includes(weight));
      if (moves) shuffledWeights.add(name);
      if (moves) expect(sorted(shuffled, name)).toEqual(sorted(plain, name));
      // Two biases may well stay where they are.
      if (!name.includes('head.bias')) expect(JSON.stringify(other) === JSON.stringify(data), name).toBe(!moves);
    }
    expect(shuffledWeights.size).toBe(3);
    expect(shuffled.layers).toEqual(plain.layers);
  });

  it('is the same for the same seed, and another for another', async () => {
    const of = async (seed: number) => outputsOf(await exported({ layers: ['/conv1/Conv'], seed, by: 'shuffle' }), 'onnxruntime');
    expect(await of(3)).toEqual(await of(3));
    expect(await of(4)).not.toEqual(await of(3));
  });

  it('shuffles a layer alike whichever others are shuffled', async () => {
    const alone = await exported({ layers: ['/head/Gemm'], seed: 3, by: 'shuffle' });
    const all = await exported({ layers: ['/conv1/Conv', '/conv2/Conv', '/head/Gemm'], seed: 3, by: 'shuffle' });
    const ofHead = ({ layers, graph }: Model) =>
      layers.find(({ name }) => name === '/head/Gemm')?.weights.map(({ name }) => graph.constants.get(name)?.data);
    expect(ofHead(all)).toEqual(ofHead(alone));
    expect(ofHead(all)).not.toEqual(ofHead(await exported()));
    expect(ofHead(all)?.length).toBe(2);
  });

  it.each([[['dense']], [['conv1d', 'conv1d_2']], [['conv1d', 'conv1d_1', 'conv1d_2', 'dense']]])(
    'is the same model on both engines: %j',
    async (layers) => {
      const [plain, model] = [await demo(), await demo({ layers, seed: 5, by: 'shuffle' })];
      const [ours, theirs] = [await outputsOf(model, 'onnxruntime'), await outputsOf(model, 'tensorflow')];
      expect(Math.max(...ours.map((value, at) => Math.abs(value - (theirs[at] ?? NaN))))).toBeLessThan(1e-6);
      const before = await outputsOf(plain, 'onnxruntime');
      expect(Math.max(...ours.map((value, at) => Math.abs(value - (before[at] ?? NaN))))).toBeGreaterThan(0.01);
    },
  );

  it('is refused for a layer that the model does not have', async () => {
    await expect(exported({ layers: ['/conv3/Conv'], seed: 1, by: 'shuffle' })).rejects.toMatchObject({
      code: 'LAYER_NOT_FOUND',
    });
    await expect(demo({ layers: ['conv1d_9'], seed: 1, by: 'shuffle' })).rejects.toMatchObject({ code: 'LAYER_NOT_FOUND' });
  });
});

describe('a model with layers whose weights are drawn anew', () => {
  const redrawn = (layers: readonly string[]): ModelVariant => ({ layers, seed: 3, by: 'redraw' });

  it('has other values in these layers alone, within the range of the old ones', async () => {
    const [plain, variant] = [await exported(), await exported(redrawn(['/conv2/Conv']))];
    for (const [name, { data }] of plain.graph.constants) {
      const other = variant.graph.constants.get(name)?.data as Float32Array;
      if (!name.includes('conv2.weight')) expect(other, name).toEqual(data);
      else {
        const sorted = [(data as Float32Array).toSorted(), other.toSorted()].map((values) => [...values]);
        expect(sorted[1]).not.toEqual(sorted[0]);
        expect(sorted[1]?.[0]).toBeGreaterThanOrEqual(sorted[0]?.[0] ?? NaN);
        expect(sorted[1]?.at(-1)).toBeLessThanOrEqual(sorted[0]?.at(-1) ?? NaN);
      }
    }
  });

  it('is the same model on both engines', async () => {
    const model = await demo(redrawn(['conv1d_1', 'dense']));
    const [ours, theirs] = [await outputsOf(model, 'onnxruntime'), await outputsOf(model, 'tensorflow')];
    // Sums in float32 in another order, of probabilities.
    expect(Math.max(...ours.map((value, at) => Math.abs(value - (theirs[at] ?? NaN))))).toBeLessThan(1e-6);
    const before = await outputsOf(await demo(), 'onnxruntime');
    expect(Math.max(...ours.map((value, at) => Math.abs(value - (before[at] ?? NaN))))).toBeGreaterThan(0.01);
  });
});

describe('a model with its input shifted', () => {
  // A power of two takes whole numbers to whole numbers, so that x + shift − shift is x to the last bit.
  const shift = -2;

  async function predictionsOf(model: Model, name: 'onnxruntime' | 'tensorflow', by: number): Promise<Float32Array> {
    const engine = await createEngine({ model, name, threads: 1 });
    const { shape, data } = uniformTensor([4, ...model.input.shape]);
    try {
      return (await engine.predict({ shape, data: data.map((value) => Math.round(8 * value) / 8 + by) })).data;
    } finally {
      await engine.close();
    }
  }

  it.each([
    ['onnxruntime', 'of an ONNX file, padded convolutions first', exported],
    ['onnxruntime', 'of a TF.js file', demo],
    ['tensorflow', 'of a TF.js file', demo],
  ] as const)('%s: says of x + shift what the model says of x, %s', async (engine, _, read) => {
    const [plain, variant] = [await read(), await read({ inputShift: shift })];
    const expected = await predictionsOf(plain, engine, 0);
    expect(await predictionsOf(variant, engine, shift)).toEqual(expected);
    expect(await predictionsOf(variant, engine, 0)).not.toEqual(expected);
    expect([variant.layers, variant.input, variant.output, variant.weightSteps]).toEqual([
      ...[plain.layers, plain.input, plain.output, plain.weightSteps],
    ]);
  });

  it('has the gradient of the model, and multipliers of DeepLIFT', async () => {
    const [plain, variant] = [await exported(), await exported({ inputShift: shift })];
    const maps = await Promise.all(
      [plain, variant].map(async (model, which) => {
        const engine = await createEngine({ model, name: 'onnxruntime', threads: 1 });
        const inputs = { shape: [2, 8, 3], data: Float32Array.from({ length: 48 }, (_x, at) => (at % 7) / 4 + which * shift) };
        const [gradient] = await engine.gradient({ inputs, classes: Int32Array.of(0, 1), wrt: 'input' });
        const lift = await engine.deepLift({ shape: [1, 8, 3], data: new Float32Array(24).fill(0.5 + which * shift) }, {});
        const { attributions } = await lift.attribute({ inputs, classes: Int32Array.of(0, 1) });
        await lift.close();
        await engine.close();
        return [gradient?.gradient.data, attributions.data];
      }),
    );
    expect(maps[1]).toEqual(maps[0]);
  });
});
