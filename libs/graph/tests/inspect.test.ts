import { describe, expect, it } from 'vitest';
import { ints } from '../src/attributes.js';
import { GraphBuilder } from '../src/builder.js';
import { inspectModel } from '../src/inspect/inspect-model.js';
import { writeOnnx } from '../src/onnx/write.js';
import { readModel } from './reference/read-model.js';
import { architectureFile } from './architectures/architecture.js';
import { constantOf, int64s } from '../src/constants.js';
import { sequentialFixture, tfjsFiles, type LayerFixture } from './reference/keras-models.js';
import { attribute, onnxFile, type NodeFixture } from './reference/onnx-file.js';

const conv = (name: string, from: number, filters: number): LayerFixture => ({
  class_name: 'Conv2D',
  config: { name, filters, kernel_size: [3, 3], padding: 'same', activation: 'relu' },
  weights: { kernel: [3, 3, from, filters], bias: [filters] },
});
const pool = (name: string): LayerFixture => ({ class_name: 'MaxPooling2D', config: { name, pool_size: [2, 2] } });

/** The report's histology classifier. */
const vgg7 = sequentialFixture(
  [224, 224, 3],
  [
    ...[conv('conv2d', 3, 32), conv('conv2d_1', 32, 32), pool('max_pooling2d')],
    ...[conv('conv2d_2', 32, 64), conv('conv2d_3', 64, 64), pool('max_pooling2d_1')],
    { class_name: 'GlobalAveragePooling2D', config: { name: 'gap' } },
    { class_name: 'Dense', config: { name: 'dense', units: 8, activation: 'softmax' }, weights: { kernel: [64, 8], bias: [8] } },
  ],
);

const inspectArchitecture = async (name: string) =>
  inspectModel(await readModel({ files: [{ name, bytes: architectureFile(name) }], name }));

describe('inspecting a model', () => {
  it('counts what VGG-7 costs by hand: 2.4 GFLOP', async () => {
    const found = inspectModel(await readModel({ files: tfjsFiles(vgg7), name: 'vgg7' }));
    const [large, half, quarter] = [224 * 224, 112 * 112, 56 * 56];
    // 2 × 9 × channels in × filters × positions, and a bias and a ReLU an output.
    const convolution = (positions: number, from: number, filters: number) => positions * filters * (2 * 9 * from + 2);
    expect(found.layers.map(({ name, flops }) => [name, flops])).toEqual([
      ['conv2d', convolution(large, 3, 32)],
      ['conv2d_1', convolution(large, 32, 32)],
      ['max_pooling2d', 4 * half * 32],
      ['conv2d_2', convolution(half, 32, 64)],
      ['conv2d_3', convolution(half, 64, 64)],
      ['max_pooling2d_1', 4 * quarter * 64],
      ['gap', quarter * 64],
      ['dense', 2 * 64 * 8 + 8 + 5 * 8],
    ]);
    expect(found.flops / 1e9).toBeCloseTo(2.41, 2);
    expect(found.parameters).toBe(3 * 9 * 32 + 32 + 9 * 32 * 32 + 32 + 9 * 32 * 64 + 64 + 9 * 64 * 64 + 64 + 64 * 8 + 8);
    expect(found.saliencyLayers).toEqual(['conv2d_1', 'conv2d_3']);
    expect(found.output.ending).toBe('none');
    expect([found.gradient, found.deepLift]).toEqual([
      { supported: true, nodes: [] },
      { supported: true, nodes: [] },
    ]);
  });

  it('names what stands in the way of gradients and DeepLIFT', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float', [null, 2, 5]);
    const kernel = builder.constant(constantOf('float', [2, 2, 1], [1, 2, 3, 4]), 'kernel');
    const tangent = builder.named('wave', 'Tan', [builder.node('Conv', [x, kernel], { kernel_shape: ints([1]) })]);
    builder.output(
      builder.node('Softmax', [
        builder.node('ReduceMax', [tangent, builder.constant(constantOf('int64', [1], [2]))], {
          keepdims: { kind: 'int', value: 0 },
        }),
      ]),
    );
    const model = await readModel({ files: [{ name: 'm.onnx', bytes: writeOnnx(builder.build()) }], name: 'fixture' });
    const { gradient, deepLift } = inspectModel(model);
    for (const support of [gradient, deepLift]) {
      expect(support).toMatchObject({ supported: false, nodes: [{ name: 'wave', op: 'Tan' }] });
      expect(support.reason).toMatch(/"wave"/);
    }
  });
});

it.each<[string, 'logits' | 'probabilities' | undefined, string | undefined]>([
  ['Softmax', undefined, 'softmax'],
  ['Sigmoid', undefined, 'sigmoid'],
  ['Relu', 'logits', 'softmax'],
  ['Relu', 'probabilities', undefined],
])(
  'an output that ends in %s and is said to be %s has logits of which a %s makes probabilities',
  async (opType, values, logits) => {
    const nodes: NodeFixture[] = [{ opType, name: 'last', input: ['x'], output: ['y'], metadataProps: [] }];
    const bytes = onnxFile({ opset: 18, nodes, input: [1, 3], output: [1, 3] });
    const output = values === undefined ? {} : { output: { values } };
    const model = await readModel({ files: [{ name: 'm.onnx', bytes }], name: 'fixture', ...output });
    expect(inspectModel(model).logits).toBe(logits);
  },
);

describe("SISE's layers of torchvision's architectures", () => {
  it.each<[string, string[]]>([
    ['resnet18', ['/body/relu/Relu', '/body/relu_4/Relu', '/body/relu_8/Relu', '/body/relu_12/Relu', '/body/relu_16/Relu']],
    ['resnext', ['/body/relu/Relu', ...[1, 2, 3, 4].map((stage) => `/body/layer${stage}/layer${stage}.0/relu_2/Relu`)]],
    [
      'densenet',
      ['/body/features/relu0/Relu', ...[1, 2, 3].map((stage) => `/body/features/transition${stage}/conv/Conv`), '/body/Relu'],
    ],
    [
      'googlenet',
      [
        ...['/body/conv1/Relu', '/body/conv3/Relu'],
        ...['/body/inception3b/Concat', '/body/inception4e/Concat', '/body/inception5b/Concat'],
      ],
    ],
    ['vgg11_bn', [2, 6, 13, 20, 27].map((layer) => `/body/features/features.${layer}/Relu`)],
    ['vit', ['/body/conv_proj/Conv']],
  ])('%s: one a size, each the end of a block', async (name, expected) => {
    expect((await inspectArchitecture(name)).saliencyLayers).toEqual(expected);
  });

  it.each(['mobilenet_v2', 'mobilenet_v3_small', 'efficientnet_b0'])('%s: its gates are passed over', async (name) => {
    const { layers } = await inspectArchitecture(name);
    const sizes = layers.filter(({ saliency }) => saliency).map(({ shape }) => shape[0]);
    expect(sizes).toEqual([32, 16, 8, 4, 2]);
  });

  it('attention between tokens is told from feature maps, and from a gate of rows and columns', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', 'float', [null, 3, 4, 4]);
    const keys = b.named('keys', 'Transpose', [x], { perm: ints([0, 1, 3, 2]) });
    const scores = b.named('scaled', 'Mul', [b.named('scores', 'MatMul', [x, keys]), b.scalar(0.5)]);
    const mixed = b.named('mixed', 'MatMul', [b.named('softmax', 'Softmax', [scores]), x]);
    const [columns, rows] = [2, 3].map((axis) => b.node('ReduceMean', [x, b.constant(int64s([axis]))]));
    const gate = b.named('gate', 'MatMul', [rows ?? '', columns ?? '']);
    const gated = b.named('gated', 'Mul', [mixed, gate]);
    b.output(b.node('Flatten', [b.node('GlobalAveragePool', [gated])]));
    const { layers } = await readModel({ files: [{ name: 'm.onnx', bytes: writeOnnx(b.build()) }], name: 'm' });
    const attention = layers.filter((layer) => layer.attention === true).map(({ name }) => name);
    expect(attention).toEqual(['scores', 'scaled', 'softmax', 'mixed']);
    expect(layers.map(({ name }) => name)).toEqual(expect.arrayContaining(['keys', 'gate', 'gated']));
  });

  it('a layer goes by the name PyTorch has for its module too', async () => {
    const { layers } = await inspectArchitecture('resnext');
    const layer = layers.find(({ name }) => name === '/body/layer1/layer1.0/conv1/Conv');
    expect(layer?.aliases).toEqual(['/body/layer1/layer1.0/conv1/Conv_output_0', 'body.layer1.0.conv1']);
    expect(layer?.modules).toEqual(['body.layer1.0.conv1']);
    expect(layers.find(({ modules }) => modules.includes('body.layer1'))?.modules).toEqual(
      expect.arrayContaining([expect.stringMatching(/^body\.layer1\.\d$/)]) as string[],
    );
  });

  it('a module’s name is that of its output, not of a node inside', async () => {
    const { layers } = await inspectArchitecture('resnext');
    // torchvision's blocks end in a ReLU behind the Add; a stage ends where its last block does.
    const named = (module: string) => layers.filter(({ aliases }) => aliases.includes(module)).map(({ name }) => name);
    expect(named('body.layer1.0')).toEqual(['/body/layer1/layer1.0/relu_2/Relu']);
    expect(named('body.layer1')).toHaveLength(1);
    expect(named('body.layer1')[0]).toMatch(/relu_2\/Relu$/);
  });

  it('names of modules come from the list that newer exporters write', async () => {
    const inside = (...modules: string[]) => [
      { key: 'pkg.torch.onnx.name_scopes', value: `['', ${modules.map((module) => `'${module}'`).join(', ')}, 'node']` },
    ];
    const nodes: NodeFixture[] = [
      { opType: 'Relu', name: 'node_relu', input: ['x'], output: ['a'], metadataProps: inside('block', 'block.act') },
      { opType: 'Add', name: 'node_add', input: ['a', 'x'], output: ['b'], metadataProps: inside('block') },
      { opType: 'GlobalAveragePool', name: 'node_mean', input: ['b'], output: ['p'], metadataProps: inside('pool') },
      { opType: 'Flatten', name: 'node_flat', input: ['p'], output: ['y'], metadataProps: [] },
    ];
    const bytes = onnxFile({ opset: 18, nodes, input: [2, 3, 4], output: [2, 3] });
    const { layers } = await readModel({ files: [{ name: 'm.onnx', bytes }], name: 'fixture' });
    const found = layers.map(({ name, aliases = [] }) => [name, ...aliases.filter((alias) => alias.length > 1)]);
    expect(found).toEqual([['node_relu', 'block.act'], ['node_add', 'block'], ['node_mean', 'pool'], ['node_flat']]);
  });

  it('a node that the exporter added without a module is in the module that reads it', async () => {
    const inside = (...modules: string[]) => [
      { key: 'pkg.torch.onnx.name_scopes', value: `['', ${modules.map((module) => `'${module}'`).join(', ')}, 'node']` },
    ];
    // ShuffleNet: the Split at the begin of a block has no scopes; without a place it would be a second reader of the stage before.
    const nodes: NodeFixture[] = [
      { opType: 'Relu', name: 'first', input: ['x'], output: ['a'], metadataProps: inside('stage', 'stage.0') },
      {
        opType: 'Split',
        name: 'split',
        input: ['a'],
        output: ['b', 'c'],
        attribute: [attribute.int('axis', 1), attribute.int('num_outputs', 2)],
      },
      {
        opType: 'Relu',
        name: 'branch',
        input: ['c'],
        output: ['d'],
        metadataProps: inside('stage', 'stage.1', 'stage.1.branch'),
      },
      {
        opType: 'Concat',
        name: 'join',
        input: ['b', 'd'],
        output: ['e'],
        attribute: [attribute.int('axis', 1)],
        metadataProps: inside('stage', 'stage.1'),
      },
      { opType: 'GlobalAveragePool', name: 'mean', input: ['e'], output: ['p'], metadataProps: inside('pool') },
      { opType: 'Flatten', name: 'flat', input: ['p'], output: ['y'], metadataProps: inside('flat') },
    ];
    const bytes = onnxFile({ opset: 18, nodes, input: [2, 4, 4], output: [2, 4] });
    const { layers } = await readModel({ files: [{ name: 'm.onnx', bytes }], name: 'fixture' });
    const named = (module: string) => layers.filter(({ aliases }) => aliases?.includes(module)).map(({ name }) => name);
    expect([named('stage'), named('stage.0'), named('stage.1')]).toEqual([['join'], ['first'], ['join']]);
  });
});
