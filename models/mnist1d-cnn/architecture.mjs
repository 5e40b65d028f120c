import * as tf from '@tensorflow/tfjs';

/**
 * The report's 1-D digit classifier: three Conv1D of 25 filters (kernel 5, 3, 3; `same`; relu), Flatten, Dense 10 softmax.
 * 13,960 weights, Glorot-uniform with one seed a layer.
 *
 * @param {number} seed
 */
export function createModel(seed) {
  const convolution = (name, kernelSize, layerSeed, shape = {}) =>
    tf.layers.conv1d({
      name,
      filters: 25,
      kernelSize,
      padding: 'same',
      activation: 'relu',
      kernelInitializer: tf.initializers.glorotUniform({ seed: layerSeed }),
      ...shape,
    });
  return tf.sequential({
    name: 'mnist1d_cnn',
    layers: [
      convolution('conv1d', 5, seed + 1, { inputShape: [40, 1] }),
      convolution('conv1d_1', 3, seed + 2),
      convolution('conv1d_2', 3, seed + 3),
      tf.layers.flatten({ name: 'flatten' }),
      tf.layers.dense({
        name: 'dense',
        units: 10,
        activation: 'softmax',
        kernelInitializer: tf.initializers.glorotUniform({ seed: seed + 4 }),
      }),
    ],
  });
}
