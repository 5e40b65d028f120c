import {
  float32,
  type Graph,
  GraphBuilder,
  int,
  ints,
  text,
  withStackedSignals,
  writeOnnx,
  type Attributes,
} from '@xaigrid/graph';
import { sizeOf } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { loadOnnxRuntime } from '../src/onnxruntime/load-onnxruntime.js';
import { relativeError } from './comparison.js';
import { uniform } from './models/random.js';

interface Convolution {
  readonly op?: 'Conv' | 'ConvTranspose';
  readonly input: readonly number[];
  readonly kernel: readonly number[];
  readonly bias?: number;
  readonly attributes?: Attributes;
}

function graphOf({ op = 'Conv', input, kernel, bias, attributes = {} }: Convolution): Graph {
  const builder = new GraphBuilder('signals');
  const draw = uniform(1);
  const constant = (shape: readonly number[]) =>
    builder.constant(
      float32(
        Float32Array.from({ length: sizeOf(shape) }, draw).map((share) => share - 0.5),
        shape,
      ),
    );
  const weights = [constant(kernel), ...(bias === undefined ? [] : [constant([bias])])];
  builder.output(builder.node(op, [builder.input('x', 'float', input), ...weights], attributes), 'y');
  return builder.build();
}

/** The output for a batch of random samples, all of them alike if `alike`. */
async function outputOf(graph: Graph, { alike = false } = {}): Promise<{ shape: readonly number[]; data: Float32Array }> {
  const { ort } = await loadOnnxRuntime();
  const shape = graph.inputs[0]?.shape.map((extent) => extent ?? 0) ?? [];
  const draw = uniform(2);
  const values = Float32Array.from({ length: sizeOf(shape) }, () => 8 * draw() - 4);
  const size = sizeOf(shape.slice(1));
  const data = alike ? values.map((_, at) => values[at % size] ?? NaN) : values;
  const session = await ort.InferenceSession.create(writeOnnx(graph), { logSeverityLevel: 3 });
  const { y } = await session.run({ x: new ort.Tensor('float32', data, shape) });
  await session.release();
  return { shape: y?.dims ?? [], data: y?.data as Float32Array };
}

const convolutions: readonly [string, Convolution][] = [
  [
    'of stride 2 with padding',
    { input: [9, 25, 19], kernel: [25, 25, 5], bias: 25, attributes: { strides: ints([2]), pads: ints([1, 1]) } },
  ],
  [
    'of one channel',
    { input: [9, 1, 40], kernel: [25, 1, 5], bias: 25, attributes: { kernel_shape: ints([5]), pads: ints([2, 1]) } },
  ],
  ['without bias, dilated', { input: [4, 3, 30], kernel: [7, 3, 3], attributes: { dilations: ints([4]) } }],
  [
    'with padding found by itself',
    { input: [4, 3, 10], kernel: [5, 3, 4], attributes: { auto_pad: text('SAME_LOWER'), strides: ints([3]) } },
  ],
  ['of groups', { input: [6, 8, 21], kernel: [16, 2, 3], bias: 16, attributes: { group: int(4) } }],
  ['of 16 channels', { input: [6, 16, 21], kernel: [32, 16, 3], bias: 32 }],
  [
    'transposed',
    {
      op: 'ConvTranspose',
      input: [9, 25, 4],
      kernel: [25, 6, 5],
      attributes: { strides: ints([2]), pads: ints([1, 1]), output_padding: ints([1]) },
    },
  ],
];

describe('a batch of signals as one image', () => {
  it.each(convolutions)('gives what the convolution gives %s', async (_, convolution) => {
    const graph = graphOf(convolution);
    const stacked = withStackedSignals(graph);
    expect(
      stacked.nodes
        .map(({ op }) => op)
        .slice(0, 5)
        .join(' '),
    ).toBe(`Transpose Unsqueeze ${convolution.op ?? 'Conv'} Squeeze Transpose`);
    const [plainly, asImage] = [await outputOf(graph), await outputOf(stacked)];
    expect(asImage.shape).toEqual(plainly.shape);
    // At most 125 products in another order, where ONNX Runtime takes blocks of channels.
    expect(relativeError(asImage.data, plainly.data)).toBeLessThan(1e-6);
  });

  it.each(convolutions)('gives each sample the same bits wherever it lies, %s', async (_, convolution) => {
    const { shape, data } = await outputOf(withStackedSignals(graphOf(convolution)), { alike: true });
    const size = sizeOf(shape.slice(1));
    for (let at = size; at < data.length; at += size) expect(data.slice(at, at + size)).toEqual(data.slice(0, size));
  });

  it.each<[string, Convolution]>([
    ['one sample', { input: [1, 3, 10], kernel: [5, 3, 4] }],
    ['images', { input: [4, 3, 10, 10], kernel: [5, 3, 4, 4] }],
    [
      'an output of a given size',
      { op: 'ConvTranspose', input: [4, 3, 10], kernel: [3, 5, 4], attributes: { output_shape: ints([13]) } },
    ],
    ['products of more than 64 MiB', { op: 'ConvTranspose', input: [128, 64, 1000], kernel: [64, 32, 5] }],
  ])('leaves %s alone', (_, convolution) => {
    const graph = graphOf(convolution);
    expect(withStackedSignals(graph).nodes).toEqual(graph.nodes);
  });
});
