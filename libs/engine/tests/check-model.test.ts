import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constantOf, dataTypes, type Graph, GraphBuilder, int, int64s, ints, type Model, writeOnnx } from '@xaigrid/graph';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkModel, readModel, type ModelCheck } from '../src/index.js';
import { examine } from '../src/own-file/examine.js';
import { dense, plain } from './models/keras-layers.js';
import { sequential } from './models/keras-models.js';
import { normals } from './models/random.js';
import { readTestModel } from './models/read-test-model.js';
import { samplesFor } from './models/samples.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-check-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const weights = (shape: number[], seed: number) =>
  constantOf('float', shape, [
    ...normals(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
  ]);

interface Choices {
  readonly batch?: number | null;
  readonly seed?: number;
  readonly classes?: number;
  /** What is behind the linear layer. */
  readonly last?: (b: GraphBuilder, logits: string) => string;
  readonly half?: boolean;
}

/** x `[batch, 2, 6]` → convolution → mean of its positions → linear. */
function fileOf({ batch = null, seed = 1, classes = 3, last = (_, logits) => logits, half = false }: Choices): Graph {
  const b = new GraphBuilder('fixture');
  const input = b.input('x', half ? 'float16' : 'float', [batch, 2, 6]);
  const x = half ? b.node('Cast', [input], { to: int(dataTypes.float) }) : input;
  const conv = b.named('conv', 'Conv', [x, b.constant(weights([4, 2, 3], seed))]);
  const mean = b.node('ReduceMean', [b.node('Tanh', [conv]), b.constant(int64s([2]))], { keepdims: int(0) });
  const given = last(b, b.named('logits', 'MatMul', [mean, b.constant(weights([4, classes], seed + 1))]));
  b.output(half ? b.node('Cast', [given], { to: int(dataTypes.float16) }) : given);
  return b.build();
}

let files = 0;
async function written(graph: Graph): Promise<{ readonly model: Model; readonly path: string }> {
  const path = join(folder, `${(files += 1)}.onnx`);
  const bytes = writeOnnx(graph);
  await writeFile(path, bytes);
  return { path, model: await readModel({ files: [{ name: 'm.onnx', bytes }], name: 'm' }) };
}

const samples = samplesFor({ inputShape: [6, 2] }, 3, 1);

const check = async (choices: Choices): Promise<ModelCheck> =>
  examine({ ...(await written(fileOf(choices))), engine: 'onnxruntime', samples, derivative: true });

describe('a model that is what its file is', () => {
  it.each<[string, Choices]>([
    ['logits', {}],
    ['a batch of one', { batch: 1 }],
    ['a larger batch', { batch: 4 }],
    ['a Softmax', { last: (b, z) => b.node('Softmax', [z], { axis: int(1) }) }],
    ['a LogSoftmax', { last: (b, z) => b.node('LogSoftmax', [z], { axis: int(1) }) }],
    ['one logit', { classes: 1 }],
    ['one probability', { classes: 1, last: (b, z) => b.node('Sigmoid', [z]) }],
    ['several probabilities', { last: (b, z) => b.node('Sigmoid', [z]) }],
  ])('of %s', async (_, choices) => {
    const { ownFile, derivative } = await check(choices);
    expect(ownFile).toMatchObject({ result: 'same', by: expect.stringMatching(/^onnxruntime-node \d/) as unknown, samples: 3 });
    // Both are float32 of sums of a dozen numbers below 1.
    expect(ownFile.result === 'same' && ownFile.largestDifference).toBeLessThan(1e-6);
    expect(derivative?.byDifferences).toBeCloseTo(derivative?.byGradient ?? NaN, 4);
    expect(Math.abs(derivative?.byGradient ?? 0)).toBeGreaterThan(1e-3);
  });

  it('of half precision, whose steps are 5e-4 of a value', async () => {
    const { ownFile } = await check({ half: true });
    expect(ownFile.result).toBe('same');
    expect(ownFile.result === 'same' && ownFile.largestDifference).toBeGreaterThan(1e-6);
  });

  it('with its channels last in the file', async () => {
    const b = new GraphBuilder('fixture');
    const turned = b.node('Transpose', [b.input('x', 'float', [null, 6, 2])], { perm: ints([0, 2, 1]) });
    const conv = b.named('conv', 'Conv', [turned, b.constant(weights([4, 2, 3], 1))]);
    const mean = b.node('ReduceMean', [conv, b.constant(int64s([2]))], { keepdims: int(0) });
    b.output(b.named('logits', 'MatMul', [mean, b.constant(weights([4, 3], 2))]));
    const { model, path } = await written(b.build());
    expect(model.input.layout?.layout).toBe('channels-last');
    expect((await examine({ model, path, engine: 'onnxruntime', samples })).ownFile.result).toBe('same');
  });
});

it('a file of batches that are too large to try is not compared', async () => {
  const { ownFile } = await check({ batch: 1e9 });
  expect(ownFile).toEqual({
    result: 'unchecked',
    reason: 'It takes batches of 1000000000 samples only, which are too large to try.',
  });
});

describe('a model that is not', () => {
  it('is found out by its first probability that is another', async () => {
    const { path } = await written(fileOf({}));
    const { model } = await written(fileOf({ seed: 7 }));
    const { ownFile } = await examine({ model, path, engine: 'onnxruntime', samples });
    expect(ownFile).toMatchObject({ result: 'differs', sample: 0, class: 0 });
    expect(ownFile.result === 'differs' && Math.abs(ownFile.byItself - ownFile.inBatch)).toBeGreaterThan(1e-3);
  });

  it('is found out where only the first sample of a batch is right', async () => {
    const { path, model } = await written(fileOf({}));
    const spoilt = { ...model, graph: onlyFirstSample(model.graph) };
    expect((await examine({ model: spoilt, path, engine: 'onnxruntime', samples })).ownFile).toMatchObject({
      ...{ result: 'differs', sample: 1, class: 0 },
      inBatch: expect.closeTo(1 / 3, 6) as unknown,
    });
  });

  it('is found out where a class is all but certain and only the others say so', async () => {
    const certain = (z: number[]) => (b: GraphBuilder, logits: string) =>
      b.node('Add', [logits, b.constant(constantOf('float', [3], z))]);
    const { path } = await written(fileOf({ last: certain([30, 0, 0]) }));
    const { model } = await written(fileOf({ last: certain([30, 2, 0]) }));
    expect((await examine({ model, path, engine: 'onnxruntime', samples })).ownFile.result).toBe('differs');
  });
});

/** What a pooling exported for a batch of one did in a larger batch: only the first sample has logits that are not 0. */
function onlyFirstSample(graph: Graph): Graph {
  const b = GraphBuilder.from({ ...graph, nodes: [], outputs: [] });
  for (const node of graph.nodes) {
    if (node.op !== 'Softmax') b.add(node);
    else b.add({ ...node, inputs: [b.node('Mul', [node.inputs[0] ?? '', equalsFirstRow(b, node.inputs[0] ?? '')])] });
  }
  b.output(graph.outputs[0]?.name ?? '');
  return b.build();
}

/** 1 where a value is that of the first sample, which no other sample's is. */
function equalsFirstRow(b: GraphBuilder, value: string): string {
  const first = b.node('Slice', [value, ...[0, 1, 0].map((bound) => b.constant(int64s([bound])))]);
  return b.node('Cast', [b.node('Equal', [value, first])], { to: int(dataTypes.float) });
}

describe('what cannot be compared', () => {
  it('says why, in the words of what cannot read the file', async () => {
    const { model } = await written(fileOf({}));
    const { ownFile } = await checkModel({ model, path: join(folder, 'gone.onnx'), engine: 'onnxruntime' });
    expect(ownFile).toMatchObject({ result: 'unchecked', reason: expect.stringContaining('gone.onnx') as unknown });
  });

  it('a file that ONNX Runtime does not load', async () => {
    const { model } = await written(fileOf({}));
    const b = new GraphBuilder('refused');
    b.output(b.named('tanh', 'Tanh', [b.input('x', 'float', [null, 2, 6])], { unknown: int(1) }));
    const path = join(folder, 'refused.onnx');
    await writeFile(path, writeOnnx(b.build()));
    const { ownFile } = await checkModel({ model, path, engine: 'onnxruntime' });
    expect(ownFile).toMatchObject({
      result: 'unchecked',
      reason: expect.stringMatching(
        /^ONNX Runtime cannot load the file: This is an invalid model\. .*Unrecognized attribute: unknown/,
      ) as unknown,
    });
  });

  it('a Keras file with a layer that TensorFlow.js does not have', async () => {
    const model = await readTestModel(
      sequential(
        'cropped',
        [6, 5, 3],
        [],
        [plain('CenterCrop', 'crop', { height: 3, width: 4 }), plain('Flatten', 'flat'), dense('head', 36, 3, 'softmax')],
      ),
    );
    const { ownFile } = await checkModel({ model, path: 'model.json', engine: 'onnxruntime' });
    expect(ownFile).toEqual({
      result: 'unchecked',
      reason: 'TensorFlow.js, which would check it, cannot compute layer "crop", of class CenterCrop.',
    });
  });

  it('ends when the work is interrupted', async () => {
    const interrupted = checkModel({ ...(await written(fileOf({}))), engine: 'onnxruntime' }, AbortSignal.abort());
    await expect(interrupted).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });
});
