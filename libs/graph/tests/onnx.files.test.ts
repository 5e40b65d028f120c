import { describe, expect, it } from 'vitest';
import { float, floats, int, ints, tensorAttribute, text } from '../src/attributes.js';
import { GraphBuilder } from '../src/builder.js';
import { constantOf } from '../src/constants.js';
import type { ElementType } from '../src/graph.js';
import { readOnnx } from '../src/onnx/read.js';
import { writeOnnx } from '../src/onnx/write.js';
import { readModel } from './reference/read-model.js';
import { architectures } from './reference/architectures.js';
import { attribute, onnxFile, type NodeFixture } from './reference/onnx-file.js';

const error = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string });
const relu: NodeFixture = { opType: 'Relu', input: ['x'], output: ['y'], name: 'only' };
const file = (nodes: readonly NodeFixture[], more = {}) => onnxFile({ opset: 13, nodes, input: [1, 2], output: [1, 2], ...more });

describe('a graph written and read again', () => {
  it.each(architectures)('is the same: $name', ({ graph }) => {
    expect(readOnnx(writeOnnx(graph))).toEqual(graph);
  });

  it('keeps every kind of attribute, INT and FLOAT apart', () => {
    const attributes = {
      a: int(2),
      b: float(2),
      c: text('é'),
      d: ints([1, -1]),
      e: floats([0.5, 2]),
      f: tensorAttribute(constantOf('int64', [2], [1, -7])),
    };
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float', [null, 2]);
    const y = builder.node('Custom', [x], attributes);
    builder.annotate(y, { type: 'float', shape: [null, 2] });
    builder.output(y);
    expect(readOnnx(writeOnnx(builder.build())).nodes[0]?.attributes).toEqual(attributes);
  });

  it.each<ElementType>(['float', 'double', 'int32', 'int64', 'bool', 'uint8', 'int8'])('keeps constants of type %s', (type) => {
    const builder = new GraphBuilder();
    const constant = constantOf(type, [3], [1, 0, 1]);
    builder.output(builder.node('Identity', [builder.constant(constant, 'c')]));
    expect(readOnnx(writeOnnx(builder.build())).constants.get('c')).toEqual(constant);
  });
});

describe('outputs that a node leaves out', () => {
  const outputsOf = (opType: string, output: string[]) => {
    const read = readOnnx(
      file([
        { opType, name: 'n', input: ['x'], output },
        { ...relu, input: ['hh'] },
      ]),
    );
    return read.nodes[0]?.outputs;
  };
  it('before others have names of their own', () => {
    expect(outputsOf('GRU', ['', 'hh'])).toEqual(['hh/left out 0', 'hh']);
    expect(outputsOf('LSTM', ['', 'hh', ''])).toEqual(['hh/left out 0', 'hh']);
  });
  it('at the end are none', () => {
    expect(outputsOf('LSTM', ['hh', '', ''])).toEqual(['hh']);
  });
  it('are refused of a Split, on which ONNX Runtime ends the process', () => {
    expect(() => outputsOf('Split', ['', 'hh'])).toThrow(
      error('MODEL_UNSUPPORTED', /^Node "n" is a Split that leaves out one of its outputs\..*: name all of its outputs\.$/),
    );
  });
});

describe('tensors that other programs write', () => {
  it.each([
    ['float_data', { dataType: 1, floatData: [1.5, -2] }, constantOf('float', [2], [1.5, -2])],
    ['double_data', { dataType: 11, doubleData: [1.5, -2] }, constantOf('double', [2], [1.5, -2])],
    ['int64_data', { dataType: 7, int64Data: [5, -2] }, constantOf('int64', [2], [5, -2])],
    ['int32_data', { dataType: 6, int32Data: [5, -2] }, constantOf('int32', [2], [5, -2])],
    ['int32_data of booleans', { dataType: 9, int32Data: [1, 0] }, constantOf('bool', [2], [1, 0])],
    ['raw_data', { dataType: 1, rawData: new Uint8Array(Float32Array.of(1.5, -2).buffer) }, constantOf('float', [2], [1.5, -2])],
  ])('are read from %s', (_, tensor, expected) => {
    expect(readOnnx(file([relu], { initializer: [{ name: 'c', dims: [2], ...tensor }] })).constants.get('c')).toEqual(expected);
  });

  it('are read from Constant nodes', () => {
    const constant = (name: string, own: NonNullable<NodeFixture['attribute']>): NodeFixture => ({
      opType: 'Constant',
      input: [],
      output: [name],
      attribute: own,
    });
    const nodes = [
      constant('c', [attribute.float('value_float', 2)]),
      constant('d', [attribute.ints('value_ints', [1, 2])]),
      relu,
    ];
    const { constants, nodes: left } = readOnnx(file(nodes));
    expect([constants.get('c'), constants.get('d')]).toEqual([constantOf('float', [], [2]), constantOf('int64', [2], [1, 2])]);
    expect(left.map(({ op }) => op)).toEqual(['Relu']);
  });
});

describe('an ONNX file is refused', () => {
  it.each<[string, Uint8Array, string, RegExp]>([
    ['of an older operator set', file([relu], { opset: 6 }), 'MODEL_UNREADABLE', /operator set is 6; 7 to 24/],
    ['of a newer operator set', file([relu], { opset: 25 }), 'MODEL_UNREADABLE', /operator set is 25/],
    ['without nodes', file([]), 'MODEL_UNREADABLE', /no graph/],
    [
      'of another domain',
      file([{ ...relu, domain: 'com.microsoft' }]),
      'MODEL_UNSUPPORTED',
      /"only" uses Relu of operator domain "com.microsoft"/,
    ],
    [
      'with control flow',
      file([{ ...relu, opType: 'If', attribute: [{ name: 'then_branch', type: 5 }] }]),
      'MODEL_UNSUPPORTED',
      /"only" is an If with subgraphs/,
    ],
    ['with a value from nowhere', file([{ ...relu, input: ['z'] }]), 'MODEL_UNREADABLE', /"only" uses "z"/],
    ['with a value twice', file([relu, relu]), 'MODEL_UNREADABLE', /"y" is computed twice/],
    [
      'with too few values',
      file([relu], { initializer: [{ name: 'c', dims: [3], dataType: 1, floatData: [1] }] }),
      'MODEL_UNREADABLE',
      /"c" has 1 values.* 3/,
    ],
    [
      'with weights elsewhere',
      file([relu], {
        initializer: [
          { name: 'c', dims: [1], dataType: 1, dataLocation: 1, externalData: [{ key: 'location', value: 'm.data' }] },
        ],
      }),
      'MODEL_UNREADABLE',
      /"c" is kept in the file "m.data", which is not beside it/,
    ],
    [
      'with strings',
      file([relu], { initializer: [{ name: 'c', dims: [1], dataType: 8 }] }),
      'MODEL_UNSUPPORTED',
      /"c" has element type 8/,
    ],
  ])('%s', (_, bytes, code, message) => {
    expect(() => readOnnx(bytes)).toThrow(error(code, message));
  });
});

describe('an ONNX model', () => {
  const [first] = architectures;
  const bytes = writeOnnx(first?.graph ?? new GraphBuilder().build());

  it('has its nodes as layers, channels last', async () => {
    const model = await readModel({ files: [{ name: 'model.onnx', bytes }], name: 'fixture' });
    expect(model).toMatchObject({ format: 'onnx', input: { shape: [12, 2] }, output: { classes: 4 } });
    expect(model.layers.map(({ kind, shape }) => `${kind} ${shape.join('×')}`)).toEqual([
      ...['Conv 12×3', 'Relu 12×3', 'MaxPool 6×3', 'Conv 6×4', 'LeakyRelu 6×4'],
      // A transposed value has its channels last in the file too.
      ...['Transpose 6×4', 'Reshape 24', 'Gemm 4', 'Softmax 4'],
    ]);
    expect(model.saliencyLayers).toEqual(['Relu', 'Conv:1']);
  });

  it('of a fixed batch takes any', async () => {
    const fixed = onnxFile({
      opset: 13,
      nodes: [{ opType: 'Softmax', input: ['x'], output: ['y'] }],
      input: [1, 3],
      output: [1, 3],
    });
    const { graph } = await readModel({ files: [{ name: 'm.onnx', bytes: fixed }], name: 'fixture' });
    expect([graph.inputs[0]?.shape, graph.outputs[0]?.shape]).toEqual([
      [null, 3],
      [null, 3],
    ]);
  });

  it.each([
    ['an operator that nothing is known of', 'GridSample', /Node "tested" uses the operator GridSample, which is not supported/],
    ['random numbers', 'RandomNormalLike', /Node "tested" \(RandomNormalLike\) draws random numbers/],
  ])('with %s is refused by name', async (_, opType, message) => {
    const nodes = [
      { opType, name: 'tested', input: opType === 'GridSample' ? ['x', 'x'] : ['x'], output: ['a'] },
      { opType: 'Relu', input: ['a'], output: ['y'] },
    ];
    await expect(readModel({ files: [{ name: 'm.onnx', bytes: file(nodes) }], name: 'fixture' })).rejects.toEqual(
      error('MODEL_UNSUPPORTED', message),
    );
  });

  it('with dropout in training mode is refused', async () => {
    const nodes = [{ opType: 'Dropout', name: 'drop', input: ['x', '', 'training'], output: ['y'] }];
    const initializer = [{ name: 'training', dims: [], dataType: 9, int32Data: [1] }];
    await expect(
      readModel({ files: [{ name: 'm.onnx', bytes: file(nodes, { initializer }) }], name: 'fixture' }),
    ).rejects.toEqual(error('MODEL_UNSUPPORTED', /Node "drop" \(Dropout\) is in training mode/));
  });

  it('whose nodes share a name calls the others by their output', async () => {
    const nodes = ['a', 'b', 'y'].map((output, index, all) => ({
      opType: 'Relu',
      name: 'relu',
      input: [all[index - 1] ?? 'x'],
      output: [output],
    }));
    const { layers } = await readModel({ files: [{ name: 'm.onnx', bytes: file(nodes) }], name: 'fixture' });
    expect(layers.map(({ name }) => name)).toEqual(['relu', 'b', 'y']);
  });

  it('may have an infinite bound', async () => {
    const builder = new GraphBuilder();
    builder.output(builder.node('Clip', [builder.input('x', 'float', [null, 2]), builder.scalar(0), builder.scalar(Infinity)]));
    const files = [{ name: 'm.onnx', bytes: writeOnnx(builder.build()) }];
    expect((await readModel({ files, name: 'fixture' })).layers).toHaveLength(1);
  });

  it.each([Number.NaN, -Infinity])('with a weight of %d is refused', async (value) => {
    const builder = new GraphBuilder();
    builder.output(
      builder.node('Mul', [
        builder.input('x', 'float', [null, 2]),
        builder.constant(constantOf('float', [2], [1, value]), 'gain'),
      ]),
    );
    const files = [{ name: 'm.onnx', bytes: writeOnnx(builder.build()) }];
    await expect(readModel({ files, name: 'fixture' })).rejects.toEqual(error('MODEL_NOT_FINITE', /"gain"/));
  });
});
