import { constantOf, GraphBuilder, int, ints, writeOnnx, type Graph, type Model, type ReadModelOptions } from '@xaigrid/graph';
import { describe, expect, it } from 'vitest';
import { readModel } from './reference/read-model.js';

type Shape = readonly (number | null)[];

/** A model of input x that `make` puts together; its output becomes the logits. */
function file(shape: Shape, make: (builder: GraphBuilder, x: string) => string): Uint8Array {
  const builder = new GraphBuilder();
  builder.output(make(builder, builder.input('x', 'float', [...shape])));
  return writeOnnx(builder.build());
}

const read = (bytes: Uint8Array, options: Pick<ReadModelOptions, 'layout' | 'inputShape'> = {}): Promise<Model> =>
  readModel({ files: [{ name: 'model.onnx', bytes }], name: 'm', ...options });

const weights = (...shape: number[]) =>
  constantOf(
    'float',
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i % 5),
  );
const pooled = (builder: GraphBuilder, x: string) => builder.node('Flatten', [builder.node('GlobalAveragePool', [x])]);
const turned = (builder: GraphBuilder, x: string, perm: number[]) => builder.node('Transpose', [x], { perm: ints(perm) });
const convolved = (builder: GraphBuilder, x: string, channels: number) =>
  pooled(builder, builder.named('conv', 'Conv', [x, builder.constant(weights(2, channels, 3, 3))]));

const makers = {
  'PyTorch: a convolution takes it as it is': [
    [null, 3, 12, 10],
    (builder, x) => convolved(builder, builder.node('Relu', [x]), 3),
    'channels-first',
    true,
  ],
  'Keras: a transpose before the convolution': [
    [null, 12, 10, 3],
    (builder, x) => convolved(builder, turned(builder, builder.node('Identity', [x]), [0, 3, 1, 2]), 3),
    'channels-last',
    true,
  ],
  'Keras: a signal, made an image, before the convolution': [
    [null, 12, 3],
    (builder, x) =>
      pooled(
        builder,
        builder.node('Conv', [
          turned(builder, builder.node('Unsqueeze', [x, builder.constant(constantOf('int64', [1], [1]))]), [0, 3, 1, 2]),
          builder.constant(weights(2, 3, 1, 3)),
        ]),
      ),
    'channels-last',
    true,
  ],
  'a sequence whose steps are multiplied by weights': [
    [null, 20, 7],
    (builder, x) => pooled(builder, turned(builder, builder.node('MatMul', [x, builder.constant(weights(7, 2))]), [0, 2, 1])),
    'channels-last',
    false,
  ],
  'nothing but its looks, grey images of Keras': [
    [null, 12, 10, 1],
    (builder, x) => builder.node('MatMul', [builder.node('Flatten', [x]), builder.constant(weights(120, 2))]),
    'channels-last',
    false,
  ],
  'nothing but its looks, images of PyTorch': [
    [null, 3, 12, 10],
    (builder, x) => builder.node('MatMul', [builder.node('Flatten', [x]), builder.constant(weights(360, 2))]),
    'channels-first',
    false,
  ],
  'nothing at all': [
    [null, 12, 10, 8],
    (builder, x) => builder.node('MatMul', [builder.node('Flatten', [x]), builder.constant(weights(960, 2))]),
    'channels-first',
    false,
  ],
} satisfies Record<string, [Shape, (builder: GraphBuilder, x: string) => string, string, boolean]>;

describe('where the input of an ONNX file has its channels is found out', () => {
  it.each(Object.entries(makers))('%s', async (_, [shape, make, layout, certain]) => {
    const { input } = await read(file(shape, make));
    expect(input.layout).toMatchObject({ layout, certain });
    const extents = shape.slice(1);
    expect(input.shape).toEqual(layout === 'channels-last' ? extents : [...extents.slice(1), extents[0]]);
  });

  it('or said', async () => {
    const [shape, make] = makers['nothing at all'];
    const { input } = await read(file(shape, make), { layout: 'channels-last' });
    expect(input).toMatchObject({ shape: [12, 10, 8], layout: { layout: 'channels-last', certain: true } });
  });

  it('or said against what a layer takes, which is told', async () => {
    const bytes = file([null, 3, 8, 9], (builder, x) => convolved(builder, x, 3));
    const { input } = await read(bytes, { layout: 'channels-last' });
    expect(input).toMatchObject({ shape: [3, 8, 9], layout: { layout: 'channels-last', certain: false } });
    expect(input.layout?.because).toMatch(/^layout says so, although Conv \(node ".*"\) takes them first$/);
  });

  it('and is no matter where there are no positions', async () => {
    const { input } = await read(file([null, 6], (builder, x) => builder.node('MatMul', [x, builder.constant(weights(6, 2))])));
    expect(input.layout).toBeUndefined();
  });

  it('and sizes that the file leaves open are given channels last', async () => {
    const bytes = file([null, null, null, 3], (builder, x) => convolved(builder, turned(builder, x, [0, 3, 1, 2]), 3));
    expect((await read(bytes, { inputShape: [12, 10, 3] })).input.shape).toEqual([12, 10, 3]);
    await expect(read(bytes, { inputShape: [3, 12, 10] })).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      message: expect.stringContaining('Give it channels last: inputShape: [12, 10, 3].') as string,
    });
  });

  it('and a size of more than 2^28 values is refused, whoever gives it', async () => {
    const open = file([null, 3, null, null], (builder, x) => convolved(builder, x, 3));
    await expect(read(open, { inputShape: [1e9, 1, 3] })).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message:
        'Model "m": The model\'s input of 1000000000×1×3 has 3000000000 values a sample; at most 268435456 are supported. Give it a smaller inputShape.',
    });
    const fixed = file([null, 4, 8192, 8193], (builder, x) => convolved(builder, x, 4));
    await expect(read(fixed)).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringContaining('Export it for a smaller input.') as string,
    });
    const largest = file([null, 4, 8192, 8192], (builder, x) => convolved(builder, x, 4));
    expect((await read(largest)).input.shape).toEqual([8192, 8192, 4]);
  });
});

describe('layers of a file with a channels-last input', () => {
  const bytes = file([null, 12, 10, 3], (builder, x) => {
    const before = builder.named('scaled', 'Mul', [x, builder.scalar(2)]);
    const features = builder.named('conv', 'Conv', [
      turned(builder, before, [0, 3, 1, 2]),
      builder.constant(weights(2, 3, 3, 3)),
    ]);
    const back = builder.named('relu', 'Relu', [turned(builder, features, [0, 2, 3, 1])]);
    const mean = builder.named('mean', 'ReduceMean', [back, builder.constant(constantOf('int64', [2], [1, 2]))], {
      keepdims: int(0),
    });
    return mean;
  });

  it('are seen with their channels last, wherever the file has them', async () => {
    const { layers, saliencyLayers } = await read(bytes);
    const shapes = new Map(layers.map(({ name, shape }) => [name, shape]));
    expect(shapes.get('scaled')).toEqual([12, 10, 3]);
    expect(shapes.get('conv')).toEqual([10, 8, 2]);
    expect(shapes.get('relu')).toEqual([10, 8, 2]);
    expect(shapes.get('mean')).toEqual([2]);
    expect(saliencyLayers).toEqual(['relu']);
    // What was added is none of the file's layers.
    expect(layers.map(({ kind }) => kind)).toEqual(['Mul', 'Transpose', 'Conv', 'Transpose', 'Relu', 'ReduceMean']);
  });

  it('are on the way to the output, so that it has gradients there', async () => {
    const { graph, layers } = await read(bytes);
    const needed = valuesNeeded(graph);
    for (const { value } of layers) expect(needed).toContain(value);
  });
});

function valuesNeeded(graph: Graph): Set<string> {
  const needed = new Set(graph.outputs.map(({ name }) => name));
  for (const node of graph.nodes.toReversed())
    if (node.outputs.some((output) => needed.has(output))) node.inputs.forEach((name) => needed.add(name));
  return needed;
}
