import tf, { type LayersModel, type Tensor } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { createEngine, type Engine, readModel } from '../src/index.js';
import { loadTensorFlow } from '../src/tensorflow/load-tensorflow.js';
import { absoluteError } from './comparison.js';
import { normals } from './models/random.js';

const { layers } = tf;

/** Models that TensorFlow.js builds and saves itself: their topology and the names of their weights are its own. */
const models: Readonly<Record<string, () => LayersModel>> = {
  'a gate, merges and activations': () => {
    const input = tf.input({ shape: [12, 10, 3] });
    const wide = layers.conv2d({ filters: 8, kernelSize: 3, padding: 'same', activation: 'relu6' }).apply(input);
    const deep = layers.depthwiseConv2d({ kernelSize: 3, padding: 'same' }).apply(wide);
    const parametric = layers.prelu({ sharedAxes: [1, 2] }).apply(layers.layerNormalization().apply(deep));
    const squeezed = layers.reshape({ targetShape: [1, 1, 8] }).apply(layers.globalAveragePooling2d({}).apply(parametric));
    const gate = layers.conv2d({ filters: 8, kernelSize: 1, activation: 'hardSigmoid' }).apply(squeezed);
    const gated = layers.multiply().apply([parametric, gate] as never);
    const others = [
      layers.maximum().apply([gated, wide] as never),
      layers.average().apply([gated, wide, deep] as never),
      layers.add().apply([gated, deep] as never),
    ];
    const joined = layers.concatenate().apply(others as never);
    const pooled = layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' }).apply(joined);
    const flat = layers.flatten().apply(
      layers
        .cropping2D({
          cropping: [
            [1, 0],
            [0, 1],
          ],
        })
        .apply(pooled),
    );
    return tf.model({ inputs: input, outputs: layers.dense({ units: 4, activation: 'softmax' }).apply(flat) as never });
  },
  'layers that stretch positions': () => {
    const input = tf.input({ shape: [5, 6, 2] });
    const up = layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', activation: 'elu' }).apply(input);
    const valid = layers.conv2dTranspose({ filters: 3, kernelSize: [4, 3], strides: [2, 3], padding: 'valid' }).apply(up);
    const padded = layers
      .zeroPadding2d({
        padding: [
          [1, 2],
          [0, 1],
        ],
      })
      .apply(
        layers
          .upSampling2d({ size: [1, 2], interpolation: 'bilinear' })
          .apply(layers.upSampling2d({ size: [2, 1] }).apply(valid)),
      );
    const small = layers.separableConv2d({ filters: 5, kernelSize: 3, strides: 2, activation: 'selu' }).apply(padded);
    const turned = layers.permute({ dims: [2, 1, 3] }).apply(small);
    const pooled = layers.globalMaxPooling2d({}).apply(layers.leakyReLU({ alpha: 0.1 }).apply(turned));
    return tf.model({ inputs: input, outputs: layers.dense({ units: 3, activation: 'softmax' }).apply(pooled) as never });
  },
  'models inside models': () => {
    const inner = tf.sequential({ name: 'inner' });
    inner.add(layers.conv1d({ filters: 4, kernelSize: 3, inputShape: [16, 2], activation: 'tanh', name: 'conv' }));
    inner.add(layers.maxPooling1d({ poolSize: 2, name: 'pool' }));
    const input = tf.input({ shape: [7, 4] });
    const branch = layers.conv1d({ filters: 4, kernelSize: 1, name: 'conv_2' }).apply(input);
    const middle = tf.model({ inputs: input, outputs: layers.add().apply([input, branch] as never) as never, name: 'middle' });
    const outer = tf.sequential();
    outer.add(inner);
    outer.add(middle);
    outer.add(layers.flatten());
    outer.add(layers.dense({ units: 3 }));
    return outer;
  },
};

async function saved(model: LayersModel): Promise<{ name: string; bytes: Uint8Array }[]> {
  let files: { name: string; bytes: Uint8Array }[] = [];
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      const { modelTopology, weightSpecs, weightData } = artifacts;
      const json = { modelTopology, weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }] };
      files = [
        { name: 'model.json', bytes: new TextEncoder().encode(JSON.stringify(json)) },
        { name: 'weights.bin', bytes: new Uint8Array(weightData as ArrayBuffer) },
      ];
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
    }),
  );
  return files;
}

/** Weights of zeros and ones tell little: all are drawn. */
function randomize(model: LayersModel): void {
  const drawn = model.getWeights().map((weight, index) => tf.tensor(normals(weight.size, 100 + index, 0.4), weight.shape));
  model.setWeights(drawn);
}

describe.each(Object.entries(models))('%s, as TensorFlow.js saves them', (name, build) => {
  it('are computed by both engines as TensorFlow.js computes them', async () => {
    await loadTensorFlow();
    const model = build();
    randomize(model);
    const shape = (model.inputs[0]?.shape ?? []).slice(1).map(Number);
    const data = normals(3 * shape.reduce((a, b) => a * b, 1), 9);
    // A model that ends in logits gets a softmax.
    const expected = tf.tidy(() => {
      const output = model.predict(tf.tensor(data, [3, ...shape])) as Tensor;
      return (name === 'models inside models' ? tf.softmax(output as never) : output).dataSync();
    });
    const read = await readModel({ files: await saved(model), name: 'saved' });
    const engines: Engine[] = [];
    for (const engine of ['onnxruntime', 'tensorflow'] as const)
      engines.push(await createEngine({ model: read, name: engine, threads: 1 }));
    for (const engine of engines) {
      const found = await engine.predict({ shape: [3, ...shape], data });
      // float32 sums of some hundred products, between 0 and 1.
      expect([engine.name, absoluteError(found.data, expected) < 5e-6]).toEqual([engine.name, true]);
      await engine.close();
    }
  });
});
