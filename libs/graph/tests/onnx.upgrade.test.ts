import { describe, expect, it } from 'vitest';
import { ints } from '../src/attributes.js';
import { deepLiftOperators } from '../src/deeplift/registry.js';
import { gradientRules } from '../src/gradients/registry.js';
import { withoutOperatorsByShape } from '../src/onnx/by-shape.js';
import { readOnnx } from '../src/onnx/read.js';
import { noiseArray } from './reference/array.js';
import { relativeDifference } from './reference/compare.js';
import { valueIn } from './reference/interpret.js';
import { attribute, onnxFile, type FileFixture, type NodeFixture, type TensorFixture } from './reference/onnx-file.js';
import { runOnnx } from './reference/onnxruntime.js';
import { readModel } from './reference/read-model.js';

const read = (bytes: Uint8Array) => withoutOperatorsByShape(readOnnx(bytes));

const node = (opType: string, attributes: NodeFixture['attribute'] = [], input = ['x']): NodeFixture => ({
  opType,
  input,
  output: ['y'],
  name: 'tested',
  attribute: attributes,
});
const int64s = (name: string, values: number[]) => ({ name, dims: [values.length], dataType: 7, int64Data: values });
const file = (
  opset: number,
  tested: NodeFixture,
  input: number[],
  output: number[],
  initializer: FileFixture['initializer'] = [],
): FileFixture => ({
  opset,
  nodes: [tested],
  input,
  output,
  initializer,
});

const statistics = ['scale', 'bias', 'mean', 'variance'];
const normalization = (opset: number) =>
  file(
    opset,
    node('BatchNormalization', [attribute.float('epsilon', 0.5)], ['x', ...statistics]),
    [2, 3, 4],
    [2, 3, 4],
    statistics.map((name) => ({ name, dims: [3], dataType: 1, floatData: [1, 2, 3] })),
  );

/** Of 6 channels in 2 groups; scale and bias are one a group before operator set 21, one a channel since. */
const groups = (opset: number, input: number[]) =>
  file(
    opset,
    node('GroupNormalization', [attribute.int('num_groups', 2), attribute.float('epsilon', 0.01)], ['x', 'scale', 'bias']),
    input,
    input,
    ['scale', 'bias'].map((name, at) => {
      const values = (opset < 21 ? [3, 1] : [3, 1, 4, 1, 5, 9]).map((value) => value - 2 * at);
      return { name, dims: [values.length], dataType: 1, floatData: values };
    }),
  );

/** Of x with itself: [n, heads, length, size], or [n, length, heads · size]. */
const attention = (
  input: number[],
  attributes: NodeFixture['attribute'] = [],
  mask: readonly Partial<TensorFixture>[] = [],
): FileFixture => file(23, node('Attention', attributes, ['x', 'x', 'x', ...mask.map(() => 'mask')]), input, input, [...mask]);
const added = { name: 'mask', dims: [3, 3], dataType: 1, floatData: [0, -1, 2, 0.5, 0, -3, 1, 1, 0] };
const seen = { name: 'mask', dims: [3, 3], dataType: 9, int32Data: [1, 0, 1, 1, 1, 0, 0, 0, 1] };
const twoHeads = [attribute.int('q_num_heads', 2), attribute.int('kv_num_heads', 2)];

/** 2⁶³ − 1, "to the end", in the two halves that protobufjs writes: as a number it is 2⁶³, and comes out as −2⁶³. */
const LAST = { low: 0xffffffff, high: 0x7fffffff, toString: () => '9223372036854775807' };

const cases: [string, FileFixture][] = [
  ['Attention of 23', attention([2, 2, 3, 4])],
  ['Attention of 23 with a scale', attention([2, 2, 3, 4], [attribute.float('scale', 0.25)])],
  ['Attention of 23 with a mask that is added', attention([2, 2, 3, 4], [], [added])],
  ['Attention of 23 with a mask that says what is seen', attention([2, 2, 3, 4], [], [seen])],
  ['Attention of 23, causal', attention([2, 2, 3, 4], [attribute.int('is_causal', 1)])],
  ['Attention of 23, heads beside each other', attention([2, 3, 8], twoHeads)],
  [
    'CastLike of 19',
    file(19, node('CastLike', [], ['x', 'like']), [2, 3], [2, 3], [{ name: 'like', dims: [1], dataType: 1, floatData: [0] }]),
  ],
  ['Softmax over all axes from 1', file(11, node('Softmax'), [2, 3, 4], [2, 3, 4])],
  ['Softmax over the last of two', file(7, node('Softmax', [attribute.int('axis', 1)]), [2, 3], [2, 3])],
  ['LogSoftmax', file(9, node('LogSoftmax', [attribute.int('axis', 2)]), [2, 3, 4], [2, 3, 4])],
  ['ReduceSum', file(11, node('ReduceSum', [attribute.ints('axes', [1]), attribute.int('keepdims', 0)]), [2, 3, 4], [2, 4])],
  ['ReduceMean', file(13, node('ReduceMean', [attribute.ints('axes', [2])]), [2, 3, 4], [2, 3, 1])],
  ['ReduceMax', file(7, node('ReduceMax', [attribute.ints('axes', [1, 2])]), [2, 3, 4], [2, 1, 1])],
  ['Squeeze', file(11, node('Squeeze', [attribute.ints('axes', [1])]), [2, 1, 4], [2, 4])],
  ['Unsqueeze', file(7, node('Unsqueeze', [attribute.ints('axes', [0, 2])]), [2, 4], [1, 2, 1, 4])],
  ['Clip', file(7, node('Clip', [attribute.float('min', -0.25), attribute.float('max', 0.5)]), [2, 9], [2, 9])],
  ['Clip below only', file(10, node('Clip', [attribute.float('min', -0.25)]), [2, 9], [2, 9])],
  ['Pad', file(10, node('Pad', [attribute.ints('pads', [0, 1, 0, 2]), attribute.float('value', 0.5)]), [2, 3], [2, 6])],
  ['Dropout', file(7, node('Dropout', [attribute.float('ratio', 0.5)]), [2, 3], [2, 3])],
  [
    'Slice',
    file(
      9,
      node('Slice', [attribute.ints('starts', [1]), attribute.ints('ends', [-1]), attribute.ints('axes', [1])]),
      [2, 5],
      [2, 3],
    ),
  ],
  [
    'Slice to the end',
    file(
      9,
      node('Slice', [attribute.ints('starts', [1]), attribute.ints('ends', [LAST]), attribute.ints('axes', [1])]),
      [2, 5],
      [2, 4],
    ),
  ],
  ['BatchNormalization of 7', normalization(7)],
  ['BatchNormalization of 9', normalization(9)],
  ['BatchNormalization of 15', normalization(15)],
  [
    'AveragePool of 19',
    file(19, node('AveragePool', [attribute.ints('kernel_shape', [2]), attribute.ints('dilations', [1])]), [1, 2, 5], [1, 2, 4]),
  ],
  ['ReduceMean of 20', file(20, node('ReduceMean', [], ['x', 'axes']), [2, 3], [2, 1], [int64s('axes', [1])])],
  ['ReduceProd', file(13, node('ReduceProd', [attribute.ints('axes', [1])]), [2, 3, 4], [2, 1, 4])],
  [
    'ReduceProd of 18',
    file(18, node('ReduceProd', [attribute.int('keepdims', 0)], ['x', 'axes']), [2, 4], [2], [int64s('axes', [-1])]),
  ],
  ['Gelu of 20', file(20, node('Gelu'), [2, 30], [2, 30])],
  ['Gelu of 20 by tanh', file(20, node('Gelu', [attribute.text('approximate', 'tanh')]), [2, 30], [2, 30])],
  ['GroupNormalization of 18', groups(18, [2, 6, 5])],
  ['GroupNormalization of 21', groups(21, [2, 6, 3, 4])],
  ['GroupNormalization of 22', groups(22, [2, 6, 7])],
  ['Cast of 24', file(24, node('Cast', [attribute.int('to', 1), attribute.int('saturate', 1)]), [2, 3], [2, 3])],
  ['Reshape of 21', file(21, node('Reshape', [], ['x', 'shape']), [2, 3], [6], [int64s('shape', [-1])])],
];

const transposed = (pads: number[], output: number[], more: NodeFixture['attribute'] = []): FileFixture =>
  file(
    15,
    node('ConvTranspose', [attribute.ints('strides', [2]), attribute.ints('pads', pads), ...more], ['x', 'w', 'b']),
    [2, 3, 5],
    output,
    [
      { name: 'w', dims: [3, 2, 3], dataType: 1, floatData: Array.from(noiseArray([3, 2, 3], 7).data) },
      { name: 'b', dims: [2], dataType: 1, floatData: [0.5, -2] },
    ],
  );

describe('a ReduceProd of few values', () => {
  it.each([1, 2, 3])('has a gradient and a DeepLIFT rule: of %i', (factors) => {
    const product = node('ReduceProd', [attribute.ints('axes', [1]), attribute.int('keepdims', 0)]);
    const { nodes } = read(onnxFile(file(13, product, [2, factors], [2])));
    expect(nodes.filter(({ op }) => !gradientRules.has(op) || !deepLiftOperators.includes(op))).toEqual([]);
    expect(nodes).not.toHaveLength(0);
  });
});

describe('a ConvTranspose with pads below 0', () => {
  // ONNX Runtime refuses the file as it is. Where no kernel reaches, the bias alone is left.
  it('at the end gives out more, which no kernel reaches', async () => {
    const x = noiseArray([2, 3, 5], 41);
    const [longer, plain] = await Promise.all([
      runOnnx(read(onnxFile(transposed([1, -1], [2, 2, 11]))), { x }),
      runOnnx(onnxFile(transposed([1, 0], [2, 2, 10])), { x }),
    ]);
    const rows = (values: ArrayLike<number>, length: number) =>
      Array.from({ length: 4 }, (_, row) => Array.from(values).slice(row * length, (row + 1) * length));
    const expected = rows(valueIn(plain, 'y').data, 10).map((row, at) => [...row, [0.5, -2][at % 2]]);
    expect(rows(valueIn(longer, 'y').data, 11)).toEqual(expected);
  });

  it('at the end adds to an output_padding', () => {
    const [first] = read(onnxFile(transposed([0, -1], [2, 2, 13], [attribute.ints('output_padding', [1])]))).nodes;
    expect(first?.attributes).toMatchObject({ pads: ints([0, 0]), output_padding: ints([2]) });
  });

  it('in front is refused', () => {
    expect(() => read(onnxFile(transposed([-1, -1], [2, 2, 13])))).toThrow(
      /"tested" \(ConvTranspose\) has pads below 0 in front \(-1, -1\), which is not supported/,
    );
  });
});

describe('an older or newer operator keeps its meaning at operator set 18', () => {
  it.each(cases)('%s', async (_, fixture) => {
    const bytes = onnxFile(fixture);
    const x = noiseArray(fixture.input, 41);
    // ONNX Runtime itself knows every operator set: it executes the original.
    const [original, upgraded] = await Promise.all([runOnnx(bytes, { x }), runOnnx(read(bytes), { x })]);
    expect(relativeDifference(valueIn(upgraded, 'y'), valueIn(original, 'y'))).toBeLessThan(2e-7);
  });

  it.each(
    ['Softmax', 'LogSoftmax', 'Hardmax'].flatMap((op) =>
      [7, 9, 12].flatMap((opset) => [1, 2, 3].map((axis) => [op, opset, axis] as const)),
    ),
  )('%s of operator set %i over the axes from %i on, read as a model', async (op, opset, axis) => {
    const tested = { ...node(op, [attribute.int('axis', axis)]), output: ['s'] };
    const pool: NodeFixture = { opType: 'GlobalAveragePool', input: ['s'], output: ['p'] };
    const ending: NodeFixture = { opType: 'Flatten', input: ['p'], output: ['y'] };
    const bytes = onnxFile({ opset, nodes: [tested, pool, ending], input: [2, 3, 2, 4], output: [2, 3] });
    const model = await readModel({ files: [{ name: 'm.onnx', bytes }], name: 'fixture', output: 'probabilities' });
    expect(model.layers.find(({ name }) => name === 'tested')?.shape).toEqual([2, 4, 3]);
    const x = noiseArray([2, 3, 2, 4], 44);
    const [original, found] = await Promise.all([runOnnx(bytes, { x }), runOnnx(model.graph, { [model.input.name]: x })]);
    expect(relativeDifference(valueIn(found, model.output.name), valueIn(original, 'y'))).toBeLessThan(3e-7);
  });

  it('SqueezeNet’s last Softmax, over channels behind which the positions are gone', async () => {
    const pool: NodeFixture = { opType: 'GlobalAveragePool', input: ['x'], output: ['p'] };
    const bytes = onnxFile({
      ...{ opset: 7, input: [1, 3, 2, 2], output: [1, 3, 1, 1] },
      nodes: [pool, { opType: 'Softmax', input: ['p'], output: ['y'] }],
    });
    const model = await readModel({ files: [{ name: 'm.onnx', bytes }], name: 'fixture' });
    expect(model.output).toMatchObject({ classes: 3, ending: 'none' });
    const x = noiseArray([1, 3, 2, 2], 45);
    const [original, found] = await Promise.all([runOnnx(bytes, { x }), runOnnx(model.graph, { [model.input.name]: x })]);
    expect([...valueIn(found, model.output.name).data]).toEqual([...valueIn(original, 'y').data]);
  });

  it('a Slice to the end whose bounds are attributes of Constant nodes, as PyTorch writes it without optimizing', async () => {
    const bounds = Object.entries({ starts: 1, ends: LAST, axes: 1 }).map(([name, value]): NodeFixture => {
      return { opType: 'Constant', input: [], output: [name], attribute: [attribute.ints('value_ints', [value])] };
    });
    const slice: NodeFixture = { opType: 'Slice', input: ['x', 'starts', 'ends', 'axes'], output: ['y'] };
    const bytes = onnxFile({ opset: 18, nodes: [...bounds, slice], input: [2, 5], output: [2, 4] });
    const x = noiseArray([2, 5], 46);
    const [original, upgraded] = await Promise.all([runOnnx(bytes, { x }), runOnnx(read(bytes), { x })]);
    expect(valueIn(upgraded, 'y')).toEqual(valueIn(original, 'y'));
  });

  it.each([
    ['parts of one size', { name: 'split', dims: [], dataType: 7, int64Data: [2] }, 2],
    ['parts of listed sizes', { name: 'split', dims: [3], dataType: 7, int64Data: [1, 2, 2] }, -1],
  ])('a sequence of %s that are taken out by number, as PyTorch writes it without optimizing', async (_, split, second) => {
    const at = (name: string, index: number) => ({ name, dims: [], dataType: 7, int64Data: [index] });
    const nodes: NodeFixture[] = [
      { opType: 'SplitToSequence', input: ['x', 'split'], output: ['parts'], attribute: [attribute.int('axis', 1)] },
      { opType: 'SequenceAt', input: ['parts', 'first'], output: ['a'] },
      { opType: 'SequenceAt', input: ['parts', 'second'], output: ['b'] },
      { opType: 'Concat', input: ['b', 'a'], output: ['y'], attribute: [attribute.int('axis', 1)] },
    ];
    const initializer = [split, at('first', 1), at('second', second)];
    const bytes = onnxFile({ opset: 18, nodes, input: [2, 5], output: [2, second === 2 ? 3 : 4], initializer });
    const x = noiseArray([2, 5], 47);
    const [original, upgraded] = await Promise.all([runOnnx(bytes, { x }), runOnnx(read(bytes), { x })]);
    expect(valueIn(upgraded, 'y')).toEqual(valueIn(original, 'y'));
    expect(read(bytes).nodes.map(({ op }) => op)).toEqual(['Slice', 'Slice', 'Concat']);
  });

  it('weights that a BatchNormalization in training mode standardizes, as NFNet has them', async () => {
    const kernel = noiseArray([1, 3, 8], 48);
    const tensor = (name: string, dims: number[], floatData: number[]) => ({ name, dims, dataType: 1, floatData });
    const initializer = [
      tensor('kernel', [1, 3, 8], [...kernel.data]),
      ...['scale', 'bias', 'mean', 'variance'].map((name, at) => tensor(name, [3], [1 + at, 2 - at, 0.5])),
    ];
    const inputs = ['kernel', 'scale', 'bias', 'mean', 'variance'];
    const attributes = [attribute.int('training_mode', 1), attribute.float('epsilon', 0.01)];
    const nodes: NodeFixture[] = [
      { opType: 'BatchNormalization', input: inputs, output: ['standard', 'm', 'v'], name: 'tested', attribute: attributes },
      { opType: 'Mul', input: ['x', 'standard'], output: ['y'] },
    ];
    const { nodes: upgraded, ...graph } = readOnnx(
      onnxFile({ opset: 17, nodes, input: [2, 3, 8], output: [2, 3, 8], initializer }),
    );
    const x = noiseArray([2, 3, 8], 49);
    const found = valueIn(await runOnnx({ ...graph, nodes: upgraded }, { x }), 'y');
    const expected = Float64Array.from(x.data, (value, at) => {
      const channel = Math.floor(at / 8) % 3;
      const row = kernel.data.slice(8 * channel, 8 * channel + 8);
      const mean = row.reduce((sum, own) => sum + own, 0) / 8;
      const variance = row.reduce((sum, own) => sum + (own - mean) ** 2, 0) / 8;
      const standard = ((row[at % 8] ?? NaN) - mean) / Math.sqrt(variance + 0.01);
      return value * (standard * ([1, 2, 0.5][channel] ?? NaN) + ([2, 1, 0.5][channel] ?? NaN));
    });
    // Float32 through ten operations.
    expect(relativeDifference(found, { shape: [2, 3, 8], data: expected })).toBeLessThan(1e-6);
    expect(upgraded.find(({ outputs }) => outputs[0] === 'standard')?.name).toBe('tested');
  });

  it('Split into even parts, before and since it says how many', async () => {
    for (const opset of [11, 13]) {
      const split: NodeFixture = { opType: 'Split', input: ['x'], output: ['a', 'b'], attribute: [attribute.int('axis', 1)] };
      const sum: NodeFixture = { opType: 'Sub', input: ['a', 'b'], output: ['y'] };
      const bytes = onnxFile({ opset, nodes: [split, sum], input: [2, 6], output: [2, 3] });
      const x = noiseArray([2, 6], 43);
      const [original, upgraded] = await Promise.all([runOnnx(bytes, { x }), runOnnx(read(bytes), { x })]);
      expect(valueIn(upgraded, 'y')).toEqual(valueIn(original, 'y'));
    }
  });

  it.each([
    [
      'GatherND',
      file(
        13,
        node('GatherND', [], ['x', 'places']),
        [3, 4],
        [2, 4],
        [{ name: 'places', dims: [2, 1], dataType: 7, int64Data: [2, 0] }],
      ),
    ],
    ['Attention', attention([2, 2, 3, 4], [], [added])],
    ['Attention with heads beside each other', attention([2, 3, 8], twoHeads)],
    ['Gelu', file(20, node('Gelu'), [2, 3], [2, 3])],
    ['Gelu by tanh', file(20, node('Gelu', [attribute.text('approximate', 'tanh')]), [2, 3], [2, 3])],
    ['GroupNormalization of 18', groups(18, [2, 6, 3])],
    ['GroupNormalization of 21', groups(21, [2, 6, 3])],
  ])('%s is taken apart into operators that have gradients and DeepLIFT multipliers, and keeps its name', (_, fixture) => {
    const { nodes } = read(onnxFile(fixture));
    const ops = nodes.map(({ op }) => op).filter((op) => op !== 'Shape');
    expect(ops.filter((op) => !gradientRules.has(op) || !deepLiftOperators.includes(op))).toEqual([]);
    expect(nodes.at(-1)).toMatchObject({ name: 'tested', outputs: ['y'] });
  });

  it.each([
    ['heads in groups', [attribute.int('q_num_heads', 4), attribute.int('kv_num_heads', 2)], 'heads in groups'],
    ['capped scores', [...twoHeads, attribute.float('softcap', 2)], 'caps its scores'],
  ])('Attention with %s is refused by name', (_, attributes, reason) => {
    expect(() => read(onnxFile(attention([2, 3, 8], attributes)))).toThrow(
      expect.objectContaining({
        code: 'MODEL_UNSUPPORTED',
        message: expect.stringMatching(`Node "tested" \\(Attention\\) .*${reason}`) as string,
      }),
    );
  });

  it('an inner Softmax over the last axis stays one node', () => {
    const graph = read(onnxFile(file(11, node('Softmax'), [2, 3], [2, 3])));
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Softmax']);
  });
});
