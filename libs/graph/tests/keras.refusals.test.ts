import { describe, expect, it } from 'vitest';
import { readModel } from './reference/read-model.js';
import { convolutional } from './reference/fixtures.js';
import { hdf5Bytes } from './reference/keras-hdf5.js';
import {
  functionalFixture,
  sequentialFixture,
  tfjsFiles,
  type LayerFixture,
  type ModelFixture,
} from './reference/keras-models.js';

const read = (fixture: ModelFixture) => readModel({ files: tfjsFiles(fixture), name: 'fixture' });
const error = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string });
const one = (class_name: string, config: Record<string, unknown> = {}, shape = [6, 2], weights = {}) =>
  sequentialFixture(shape, [{ class_name, config: { name: 'odd', ...config }, weights }]);
const conv = (config: Record<string, unknown>) =>
  one('Conv1D', { filters: 1, kernel_size: [3], ...config }, [6, 2], { kernel: [3, 2, 1], bias: [1] });

/** The model with its last layer called with keywords. */
function withKeywords(fixture: ModelFixture, keywords: unknown): ModelFixture {
  const [last] = (fixture.topology.config as { layers: { inbound_nodes: unknown }[] }).layers;
  Object.assign(last ?? {}, { inbound_nodes: [[['the_input', 0, 0, keywords]]] });
  return fixture;
}

describe('a model is refused by name', () => {
  it.each<[string, ModelFixture, string, RegExp]>([
    [
      'an unknown layer',
      one('LocallyConnected1D', { filters: 3 }),
      'MODEL_UNSUPPORTED',
      /"odd" is of class LocallyConnected1D.*Supported: InputLayer, Conv1D, .*Dense/,
    ],
    ['an unknown activation', conv({ activation: 'maxout' }), 'MODEL_UNSUPPORTED', /"odd" \(Conv1D\).*"maxout".*relu/],
    [
      'Python code',
      one('Lambda', { function: ['code', null, null] }),
      'MODEL_UNSUPPORTED',
      /"odd" is of class Lambda, which holds Python code.*Rescaling.*tf2onnx/,
    ],
    [
      'a recurrence over volumes',
      one('ConvLSTM3D', { filters: 2, kernel_size: [3, 3, 3] }, [3, 6, 6, 6, 2]),
      'MODEL_UNSUPPORTED',
      /"odd" is of class ConvLSTM3D, which is a recurrence over volumes, not supported\. Supported are .*ConvLSTM2D over images\.$/,
    ],
    ['a state kept between batches', one('LSTM', { units: 3, stateful: true }), 'MODEL_UNSUPPORTED', /"odd" \(LSTM\).*stateful/],
    [
      'a function of gates that no engine has',
      one('LSTM', { units: 1, activation: 'gelu' }, [6, 2], { kernel: [2, 4], recurrent_kernel: [1, 4], bias: [4] }),
      'MODEL_UNSUPPORTED',
      /"odd" \(LSTM\).*"gelu"; supported: sigmoid, tanh/,
    ],
    [
      'a cell of your own',
      one('RNN', { cell: { class_name: 'MyCell', config: { units: 3 } } }),
      'MODEL_UNSUPPORTED',
      /"odd" \(RNN\).*its cell is a MyCell; supported: LSTMCell, GRUCell, SimpleRNNCell, StackedRNNCells/,
    ],
    [
      'a wrapped model of two outputs',
      one('TimeDistributed', {
        layer: {
          class_name: 'Functional',
          config: {
            name: 'inner',
            layers: [{ class_name: 'InputLayer', name: 'x', config: { name: 'x', batch_input_shape: [null, 2] } }],
            input_layers: [['x', 0, 0]],
            output_layers: [
              ['x', 0, 0],
              ['x', 0, 0],
            ],
          },
        },
      }),
      'MODEL_UNSUPPORTED',
      /"odd" \(TimeDistributed\) wraps a model of 2 outputs; one is supported/,
    ],
    [
      'a function of TensorFlow that is not known',
      one('TFOpLambda', { function: 'signal.fft' }),
      'MODEL_UNSUPPORTED',
      /"odd" \(TFOpLambda\).*tf\.signal\.fft; supported: .*nn\.relu/,
    ],
    [
      'two orders of axes',
      sequentialFixture(
        [6, 2],
        [
          { class_name: 'MaxPooling1D', config: { name: 'one', pool_size: 2, data_format: 'channels_first' } },
          { class_name: 'MaxPooling1D', config: { name: 'odd', pool_size: 2, data_format: 'channels_last' } },
        ],
      ),
      'MODEL_UNSUPPORTED',
      /"odd".*channels_last where other layers have channels_first/,
    ],
    [
      'a kernel larger than its input',
      one('Conv1D', { filters: 1, kernel_size: [9] }, [6, 2], { kernel: [9, 2, 1], bias: [1] }),
      'MODEL_UNSUPPORTED',
      /kernel is larger/,
    ],
    ['a malformed layer', conv({ kernel_size: 'three' }), 'MODEL_UNREADABLE', /"odd" \(Conv1D\).*kernel_size/],
    [
      'a weight of another shape',
      one('Dense', { units: 3 }, [6], { kernel: [5, 3], bias: [3] }),
      'MODEL_UNREADABLE',
      /"odd\/kernel" has shape \[5, 3\].*\[6, 3\]/,
    ],
    ['a missing weight', one('Dense', { units: 3 }, [6], { bias: [3] }), 'MODEL_UNREADABLE', /no weight "kernel"/],
    [
      'an output with positions',
      conv({ name: 'odd' }),
      'MODEL_UNSUPPORTED',
      /one number per class.*"odd" \[n, 4, 1\], does not fit/,
    ],
    ['an open input size', sequentialFixture([null as unknown as number, 2], []), 'MODEL_UNSUPPORTED', /fixed size/],
  ])('%s', async (_, fixture, code, message) => {
    await expect(read(fixture)).rejects.toEqual(error(code, message));
  });

  it.each<[string, unknown, RegExp]>([
    [
      'a mask of another shape',
      { mask: ['the_input', 0, 0] },
      /"odd" \(GlobalAveragePooling1D\).*called with a mask of \[4, 2\]/,
    ],
    ['an option that is not read', { return_attention_scores: true }, /called with return_attention_scores/],
  ])('a call with %s', async (_, keywords, message) => {
    const fixture = functionalFixture(
      [4, 2],
      [{ from: ['the_input'], class_name: 'GlobalAveragePooling1D', config: { name: 'odd' } }],
    );
    await expect(read(withKeywords(fixture, keywords))).rejects.toEqual(error('MODEL_UNSUPPORTED', message));
  });

  it('a dropout that is called for training', async () => {
    const fixture = functionalFixture([4], [{ from: ['the_input'], class_name: 'Dropout', config: { name: 'odd', rate: 0.5 } }]);
    const message = /"odd" \(Dropout\).*training=True/;
    await expect(read(withKeywords(fixture, { training: true }))).rejects.toEqual(error('MODEL_UNSUPPORTED', message));
    await expect(read(withKeywords(fixture, { training: false }))).resolves.toBeDefined();
  });

  it('an output that a layer does not give', async () => {
    const fixture = functionalFixture(
      [4, 2],
      [
        { from: ['the_input'], class_name: 'GlobalAveragePooling1D', config: { name: 'odd' } },
        { from: ['odd'], class_name: 'Flatten', config: { name: 'last' } },
      ],
    );
    const { layers } = fixture.topology.config as { layers: { config: { name?: string } }[] };
    Object.assign(layers.find(({ config }) => config.name === 'last') ?? {}, { inbound_nodes: [[['odd', 0, 1, {}]]] });
    await expect(read(fixture)).rejects.toEqual(
      error('MODEL_UNSUPPORTED', /Output 1 of layer "odd" is used; of its class the first output is supported/),
    );
  });

  it('two inputs', async () => {
    const fixture = functionalFixture(
      [4],
      [{ from: ['the_input'], class_name: 'Dense', config: { name: 'dense', units: 2 }, weights: { kernel: [4, 2], bias: [2] } }],
    );
    Object.assign(fixture.topology.config as object, {
      input_layers: [
        ['the_input', 0, 0],
        ['other', 0, 0],
      ],
    });
    await expect(read(fixture)).rejects.toEqual(error('MODEL_UNSUPPORTED', /2 inputs/));
  });

  it('a layer that depends on itself', async () => {
    const loop: LayerFixture & { from: string[] } = { from: ['add'], class_name: 'Add', config: { name: 'add' } };
    await expect(read(functionalFixture([4], [loop]))).rejects.toEqual(error('MODEL_UNREADABLE', /"add" depends on .*itself/));
  });

  it('a subclassed model', async () => {
    const fixture = { ...convolutional, topology: { class_name: 'MyModel', config: {} } };
    await expect(read(fixture)).rejects.toEqual(error('MODEL_UNSUPPORTED', /"MyModel"/));
  });

  it.each([Number.NaN, Infinity])('a weight that is %d', async (value) => {
    const weights = convolutional.weights.map((weight) =>
      weight.name === 'conv1d_1/bias:0' ? { ...weight, data: weight.data.with(2, value) } : weight,
    );
    const bytes = await hdf5Bytes({ ...convolutional, weights });
    await expect(readModel({ files: [{ name: 'm.h5', bytes }], name: 'fixture' })).rejects.toEqual(
      error('MODEL_NOT_FINITE', /"conv1d_1\/bias:0"/),
    );
  });
});

describe('TF.js files are refused', () => {
  it('without a shard', async () => {
    await expect(readModel({ files: tfjsFiles(convolutional).slice(0, 2), name: 'fixture' })).rejects.toEqual(
      error('MODEL_UNREADABLE', /"group1-shard2of2.bin".*missing/),
    );
  });

  it('with a shard too short', async () => {
    const [json, first, second] = tfjsFiles(convolutional);
    const files = [json, first, second && { ...second, bytes: second.bytes.slice(1) }].filter((file) => file !== undefined);
    await expect(readModel({ files, name: 'fixture' })).rejects.toEqual(
      error('MODEL_UNREADABLE', /have 695 bytes, but weight "dense\/bias" ends at byte 696\./),
    );
  });

  it('as a graph model', async () => {
    const json = { modelTopology: { node: [] }, weightsManifest: [] };
    const bytes = new TextEncoder().encode(JSON.stringify(json));
    await expect(readModel({ files: [{ name: 'model.json', bytes }], name: 'fixture' })).rejects.toEqual(
      error('MODEL_UNSUPPORTED', /graph model/),
    );
  });
});
