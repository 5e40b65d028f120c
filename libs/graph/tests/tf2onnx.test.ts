import { describe, expect, it } from 'vitest';
import { text } from '../src/attributes.js';
import { inspectModel } from '../src/inspect/inspect-model.js';
import type { Model } from '../src/model.js';
import { noiseArray } from './reference/array.js';
import { valueIn } from './reference/interpret.js';
import { attribute, onnxFile, type FileFixture, type NodeFixture } from './reference/onnx-file.js';
import { runOnnx } from './reference/onnxruntime.js';
import { readModel } from './reference/read-model.js';

// What tf2onnx 1.17 writes of Keras 2's layers, as small as it goes.

const node = (opType: string, input: string[], output: string, attributes: NodeFixture['attribute'] = []): NodeFixture => ({
  ...{ opType, input, output: [output], name: output },
  attribute: attributes,
});
const int64s = (name: string, ...values: number[]) => ({ name, dims: [values.length], dataType: 7, int64Data: values });
const floats = (name: string, dims: number[], ...values: number[]) => ({ name, dims, dataType: 1, floatData: values });
const axes = (...values: number[]) => attribute.ints('axes', values);
const keep = (dimensions: 0 | 1) => attribute.int('keepdims', dimensions);

async function read(fixture: FileFixture): Promise<Model> {
  return readModel({ files: [{ name: 'm.onnx', bytes: onnxFile(fixture) }], name: 'm', output: 'probabilities' });
}

/** In a batch of a fixed size, as an engine runs it. */
async function outputOf({ graph, input }: Model, shape: readonly number[]) {
  const x = noiseArray(shape, 5);
  const fixed = { ...graph, inputs: graph.inputs.map((given) => ({ ...given, shape })) };
  const found = await runOnnx(fixed, { [input.name]: x });
  return { x: Array.from(x.data), y: Array.from(valueIn(found, graph.outputs[0]?.name ?? '').data) };
}

describe('a LayerNormalization of tf2onnx', () => {
  const SAMPLES = 3;
  const [STEPS, FEATURES, EPSILON] = [5, 7, 0.01];
  /** Each sample and step takes the place of a channel of a BatchNormalization by statistics that are computed. */
  const file: FileFixture = {
    opset: 15,
    nodes: [
      node('Reshape', ['x', 'as channels'], 'channels'),
      node('ReduceMean', ['channels'], 'wide mean', [axes(0, 2, 3), keep(1)]),
      node('Sub', ['channels', 'wide mean'], 'centred'),
      node('ReduceSumSquare', ['centred'], 'squares', [axes(0, 2, 3), keep(0)]),
      node('Squeeze', ['wide mean', 'all but channels'], 'mean'),
      node('Div', ['squares', 'features'], 'variance'),
      node('Shape', ['mean'], 'count'),
      node('Expand', ['one', 'count'], 'ones'),
      node('Expand', ['zero', 'count'], 'zeros'),
      node('BatchNormalization', ['channels', 'ones', 'zeros', 'mean', 'variance'], 'normal', [
        attribute.float('epsilon', EPSILON),
      ]),
      node('Reshape', ['normal', 'as steps'], 'steps'),
      node('Flatten', ['steps'], 'y'),
    ],
    input: [SAMPLES, STEPS, FEATURES],
    output: [SAMPLES, STEPS * FEATURES],
    initializer: [
      int64s('as channels', 1, -1, FEATURES, 1),
      int64s('all but channels', 0, 2, 3),
      int64s('as steps', -1, STEPS, FEATURES),
      floats('features', [], FEATURES),
      floats('one', [], 1),
      floats('zero', [], 0),
    ],
  };

  it('keeps samples apart, and has a gradient', async () => {
    const model = await read(file);
    expect(model.alone).toBeUndefined();
    expect(inspectModel(model)).toMatchObject({ gradient: { supported: true }, deepLift: { supported: true } });
  });

  it('is what it says', async () => {
    const { x, y } = await outputOf(await read(file), [SAMPLES, STEPS, FEATURES]);
    const expected = Array.from({ length: SAMPLES * STEPS }, (_, row) => x.slice(row * FEATURES, (row + 1) * FEATURES)).flatMap(
      (row) => {
        const mean = row.reduce((sum, value) => sum + value, 0) / FEATURES;
        const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / FEATURES;
        return row.map((value) => (value - mean) / Math.sqrt(variance + EPSILON));
      },
    );
    // Values of about 1, in float32.
    y.forEach((value, at) => {
      expect(Math.abs(value - (expected[at] ?? NaN))).toBeLessThan(1e-6);
    });
  });
});

describe('a Resize of tf2onnx', () => {
  // ONNX Runtime infers 16 of 12 × fround(17/12) and computes 17: in a file of a fixed batch it refuses the Reshape behind it.
  it('by a scale that float32 does not hold gives the size that was meant', async () => {
    const [from, to] = [12, 17];
    const model = await read({
      opset: 15,
      nodes: [
        node('Resize', ['x', 'roi', 'scales'], 'resized', [attribute.text('mode', 'linear')]),
        node('Reshape', ['resized', 'row'], 'y'),
      ],
      input: [1, 2, from],
      output: [1, 2 * to],
      initializer: [floats('roi', [0]), floats('scales', [3], 1, 1, to / from), int64s('row', -1, 2 * to)],
    });
    const { x, y } = await outputOf(model, [1, 2, from]);
    const at = (channel: number, position: number) => x[channel * from + Math.min(Math.max(position, 0), from - 1)] ?? NaN;
    y.forEach((value, index) => {
      const [channel, place] = [Math.floor(index / to), ((index % to) + 0.5) * (from / to) - 0.5];
      const left = Math.floor(place);
      const expected = at(channel, left) * (1 - place + left) + at(channel, left + 1) * (place - left);
      // Places are of float32: some 10⁻⁶ of a position.
      expect(Math.abs(value - expected)).toBeLessThan(5e-6);
    });
    expect(y).toHaveLength(2 * to);
  });
});

describe('a nearest Resize of tf2onnx', () => {
  it('by whole scales is what it was, in a mode that is not deprecated', async () => {
    const nearest = [
      attribute.text('mode', 'nearest'),
      attribute.text('coordinate_transformation_mode', 'tf_half_pixel_for_nn'),
      attribute.text('nearest_mode', 'floor'),
    ];
    const model = await read({
      opset: 15,
      nodes: [node('Resize', ['x', 'roi', 'scales'], 'resized', nearest), node('Flatten', ['resized'], 'y')],
      input: [1, 2, 6],
      output: [1, 36],
      initializer: [floats('roi', [0]), floats('scales', [3], 1, 1, 3)],
    });
    const resized = model.graph.nodes.find(({ op }) => op === 'Resize');
    expect(resized?.attributes.coordinate_transformation_mode).toEqual(text('half_pixel'));
    const { x, y } = await outputOf(model, [1, 2, 6]);
    expect(y).toEqual(x.map(Math.fround).flatMap((value) => [value, value, value]));
  });
});

describe('a slice of tf2onnx', () => {
  it('of all samples, to 10⁹, has a gradient', async () => {
    const model = await read({
      opset: 15,
      nodes: [node('Slice', ['x', 'starts', 'ends', 'axes', 'steps'], 's'), node('Flatten', ['s'], 'y')],
      input: [1, 2, 6],
      output: [1, 6],
      initializer: [
        int64s('starts', 0, 0),
        int64s('ends', 1_000_000_000, 1_000_000_000),
        int64s('axes', 0, 2),
        int64s('steps', 1, 2),
      ],
    });
    expect(inspectModel(model).gradient).toMatchObject({ supported: true });
  });
});
