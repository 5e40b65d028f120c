import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../src/builder.js';
import type { Model } from '../src/model.js';
import { readModel } from './reference/read-model.js';
import { arrayOf, build, noiseArray, type NdArray } from './reference/array.js';
import { channelsFirst } from './reference/channels.js';
import { relativeDifference } from './reference/compare.js';
import { branched, convolutional } from './reference/fixtures.js';
import { valueIn } from './reference/interpret.js';
import { hdf5Bytes } from './reference/keras-hdf5.js';
import { runKerasLayer } from './reference/keras-layers.js';
import { tfjsFiles, type LayerFixture, type ModelFixture } from './reference/keras-models.js';
import { runOnnx } from './reference/onnxruntime.js';

const fromHdf5 = async (fixture: ModelFixture) =>
  readModel({ files: [{ name: 'model.h5', bytes: await hdf5Bytes(fixture) }], name: 'fixture' });
const predict = async (model: Model, x: NdArray) =>
  valueIn(await runOnnx(model.graph, { [model.input.name]: x }), model.output.name);

describe('a Sequential model in HDF5', () => {
  it('is described layer by layer', async () => {
    const model = await fromHdf5(convolutional);
    expect(model.format).toBe('keras-hdf5');
    expect(model.input.shape).toEqual([12, 2]);
    expect(model.output.classes).toBe(3);
    expect(model.layers.map(({ name, kind, shape, parameters }) => [name, kind, shape.join('×'), parameters])).toEqual([
      ['conv1d', 'Conv1D', '12×5', 35],
      ['max_pooling1d', 'MaxPooling1D', '6×5', 0],
      ['dropout', 'Dropout', '6×5', 0],
      ['conv1d_1', 'Conv1D', '6×4', 64],
      ['flatten', 'Flatten', '24', 0],
      ['dense', 'Dense', '3', 75],
    ]);
  });

  it('is explained at the inputs of its pooling layers and its last convolution', async () => {
    expect((await fromHdf5(convolutional)).saliencyLayers).toEqual(['conv1d', 'conv1d_1']);
  });

  it('ends in a Softmax node of its own', async () => {
    const { graph } = await fromHdf5(convolutional);
    expect(graph.nodes.slice(-2).map(({ op }) => op)).toEqual(['Gemm', 'Softmax']);
  });

  it('keeps what TensorFlow.js needs, sharing the dense weights with the graph', async () => {
    const { keras, graph } = await fromHdf5(convolutional);
    const { class_name, config } = keras?.topology as { class_name: string; config: { layers: LayerFixture[] } };
    expect(class_name).toBe('Model');
    expect(config.layers.map((layer) => layer.config.name)).toEqual(['the_input', ...convolutional.layerNames]);
    expect(keras?.weights.map(({ name, shape }) => [name, shape])).toEqual(
      convolutional.weights.map(({ name, shape }) => [name.replace(/:0$/, ''), shape]),
    );
    const kernel = keras?.weights.find(({ name }) => name === 'dense/kernel');
    expect([...graph.constants.values()].some(({ data }) => data === kernel?.data)).toBe(true);
  });

  it('is the same model as TF.js layers files', async () => {
    const [hdf5, tfjs] = await Promise.all([
      fromHdf5(convolutional),
      readModel({ files: tfjsFiles(convolutional), name: 'fixture' }),
    ]);
    expect(tfjs.format).toBe('tfjs-layers');
    expect(tfjs.graph).toEqual(hdf5.graph);
    expect(tfjs.layers).toEqual(hdf5.layers);
  });
});

describe('a Functional model', () => {
  it('computes what its layers compute by brute force', async () => {
    const { config } = branched.topology as { config: { layers: (LayerFixture & { inbound_nodes: [string][][] })[] } };
    const x = noiseArray([2, 6, 6, 3], 31);
    const values = new Map([['the_input', x]]);
    for (const layer of config.layers.toReversed().slice(1)) {
      const inputs = (layer.inbound_nodes[0] ?? []).map(([name]) => valueIn(values, name));
      values.set(String(layer.config.name), runKerasLayer(layer, branched.weights, ...inputs));
    }
    const model = await fromHdf5(branched);
    expect(relativeDifference(await predict(model, channelsFirst(x)), valueIn(values, 'dense'))).toBeLessThan(2e-6);
    expect(model.layers.find(({ name }) => name === 'rows')?.shape).toEqual([12, 6, 6]);
    expect(model.saliencyLayers).toEqual(['rows']);
  });
});

describe.skipIf(process.env.REPORT_INPUTS === undefined)("the report's models", () => {
  const read = (name: string) =>
    readModel({ files: [{ name, bytes: readFileSync(join(process.env.REPORT_INPUTS ?? '', name)) }], name });

  // Goldens: the same weights in float64 with torch 1.13 (conv1d/conv2d with padding, max_pool2d, mean, softmax), inputs as below.
  it('MNIST-1D predicts what torch predicts', async () => {
    const model = await read('MNIST1D.h5');
    const golden = [
      1.76949808e-8, 0.000188257162, 0.784658727, 8.56471321e-7, 1.03071889e-5, 0.20120569, 2.81887386e-7, 0.013271081,
      1.21304382e-5, 0.000652650927,
    ];
    const builder = GraphBuilder.from(model.graph);
    builder.output(model.layers.find(({ name }) => name === 'conv1d_2')?.value ?? '', 'last');
    const values = await runOnnx(builder.build(), {
      [model.input.name]: arrayOf([1, 1, 40], (i) => Math.sin(0.37 * i) + 0.5 * Math.cos(1.7 * i)),
    });
    // Logits of about ±17 in float32: 2e-6 absolute, which is relative to a probability.
    expect(relativeDifference(valueIn(values, model.output.name), arrayOf([1, 10], golden))).toBeLessThan(1e-5);
    const last = valueIn(values, 'last');
    expect(last.shape).toEqual([1, 25, 40]);
    expect(last.data.reduce((sum, value) => sum + value, 0)).toBeCloseTo(414.01205, 3);
    expect(model.saliencyLayers).toEqual(['conv1d_2']);
  });

  it('HMT predicts what torch predicts', async () => {
    const model = await read('HMT.h5');
    const golden = [
      0.995154173, 0.000568046975, 2.76533636e-5, 0.000137034209, 0.000168013154, 0.00373002258, 0.000215056749, 6.73730835e-12,
    ];
    const x = build([1, 3, 224, 224], ([, c = 0, i = 0, j = 0]) => 0.5 + 0.5 * Math.sin(0.05 * i + 0.03 * j * (c + 1) + c));
    expect(relativeDifference(await predict(model, x), arrayOf([1, 8], golden))).toBeLessThan(1e-5);
    expect(model.saliencyLayers).toEqual(['conv2d_1', 'conv2d_3']);
  });
});
