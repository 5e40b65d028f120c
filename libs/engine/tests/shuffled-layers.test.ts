import { readFile } from 'node:fs/promises';
import { constantOf, GraphBuilder, ints, writeOnnx, type Model, type ShuffledLayers } from '@xaigrid/graph';
import { uniformTensor } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { demoModel } from '../../../tests/support/demo-models.js';
import { createEngine, readModel } from '../src/index.js';

async function demo(shuffled?: ShuffledLayers): Promise<Model> {
  const files = await Promise.all(
    ['model.json', 'weights.bin'].map(async (name) => ({
      name,
      bytes: new Uint8Array(await readFile(new URL(name, demoModel('mnist1d-cnn')))),
    })),
  );
  return readModel({ files, name: 'cnn', ...(shuffled === undefined ? {} : { shuffled }) });
}

/** Two convolutions, a normalisation and a head; what comes before prepares samples. */
function exported(shuffled?: ShuffledLayers): Promise<Model> {
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
  return readModel({ files: [{ name: 'm.onnx', bytes }], name: 'm', ...(shuffled === undefined ? {} : { shuffled }) });
}

async function outputsOf(model: Model, name: 'onnxruntime' | 'tensorflow'): Promise<Float32Array> {
  const engine = await createEngine({ model, name, threads: 1 });
  try {
    return (await engine.predict(uniformTensor([4, ...model.input.shape]))).data;
  } finally {
    await engine.close();
  }
}

describe('a model with shuffled layers', () => {
  it('has its layers with weights in steps, what prepares samples left out', async () => {
    expect((await exported()).weightSteps).toEqual([['/conv1/Conv', '/norm/Mul'], ['/conv2/Conv'], ['/head/Gemm']]);
    expect((await demo()).weightSteps).toEqual([['conv1d'], ['conv1d_1'], ['conv1d_2'], ['dense']]);
  });

  it('has the values of each weight of these layers in another order, and all others as they were', async () => {
    const [plain, shuffled] = [await exported(), await exported({ layers: ['/conv2/Conv', '/head/Gemm'], seed: 3 })];
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
    const of = async (seed: number) => outputsOf(await exported({ layers: ['/conv1/Conv'], seed }), 'onnxruntime');
    expect(await of(3)).toEqual(await of(3));
    expect(await of(4)).not.toEqual(await of(3));
  });

  it('shuffles a layer alike whichever others are shuffled', async () => {
    const alone = await exported({ layers: ['/head/Gemm'], seed: 3 });
    const all = await exported({ layers: ['/conv1/Conv', '/conv2/Conv', '/head/Gemm'], seed: 3 });
    const ofHead = ({ layers, graph }: Model) =>
      layers.find(({ name }) => name === '/head/Gemm')?.weights.map(({ name }) => graph.constants.get(name)?.data);
    expect(ofHead(all)).toEqual(ofHead(alone));
    expect(ofHead(all)).not.toEqual(ofHead(await exported()));
    expect(ofHead(all)?.length).toBe(2);
  });

  it.each([[['dense']], [['conv1d', 'conv1d_2']], [['conv1d', 'conv1d_1', 'conv1d_2', 'dense']]])(
    'is the same model on both engines: %j',
    async (layers) => {
      const [plain, model] = [await demo(), await demo({ layers, seed: 5 })];
      const [ours, theirs] = [await outputsOf(model, 'onnxruntime'), await outputsOf(model, 'tensorflow')];
      expect(Math.max(...ours.map((value, at) => Math.abs(value - (theirs[at] ?? NaN))))).toBeLessThan(1e-6);
      const before = await outputsOf(plain, 'onnxruntime');
      expect(Math.max(...ours.map((value, at) => Math.abs(value - (before[at] ?? NaN))))).toBeGreaterThan(0.01);
    },
  );

  it('is refused for a layer that the model does not have', async () => {
    await expect(exported({ layers: ['/conv3/Conv'], seed: 1 })).rejects.toMatchObject({ code: 'LAYER_NOT_FOUND' });
    await expect(demo({ layers: ['conv1d_9'], seed: 1 })).rejects.toMatchObject({ code: 'LAYER_NOT_FOUND' });
  });
});
