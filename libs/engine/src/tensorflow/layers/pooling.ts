import type { Tensor, Tensor3D, Tensor4D } from '@tensorflow/tfjs';
import { extents, only, type OwnLayer, type Shape } from './layer.js';
import { paddingOf, positionsLeft, type Geometry } from './linear-convolution.js';
import type { TensorFlow } from '../tensorflow-library.js';

/**
 * Average pooling with its gradient. With padding `same`, TensorFlow.js 4.22 computes the gradient as if padding took part in the
 * mean. Here zeros are padded by hand, and the mean over the window is scaled to the values inside.
 */
const averagePooling = (rank: number): OwnLayer => {
  const geometryOf = (config: Readonly<Record<string, unknown>>): Geometry => {
    const [height = 1, width = 1] = extents(config.pool_size, rank, 2);
    const [down = 1, across = 1] = extents(config.strides ?? config.pool_size, rank, 2);
    return {
      kernel: rank === 1 ? [height, 1] : [height, width],
      strides: rank === 1 ? [down, 1] : [down, across],
      dilations: [1, 1],
      padding: config.padding === 'same' ? 'same' : 'valid',
    };
  };
  return {
    shape: (config, [input = []]) => [
      ...input.slice(0, -1).map((extent, axis) => positionsLeft(geometryOf(config), extent, axis === 0 ? 0 : 1)),
      input.at(-1) ?? 1,
    ],
    build: ({ tf, config }) => {
      const geometry = geometryOf(config);
      const { kernel, strides } = geometry;
      const pool = (images: Tensor4D): Tensor4D => {
        const [rows, columns] = [paddingOf(geometry, images.shape[1], 0), paddingOf(geometry, images.shape[2], 1)];
        const padded = geometry.padding === 'same' ? tf.pad(images, [[0, 0], rows, columns, [0, 0]]) : images;
        return tf.avgPool(padded, [...kernel], [...strides], 'valid');
      };
      return (inputs) => {
        const input = only(inputs) as Tensor3D | Tensor4D;
        const images: Tensor4D = input.rank === 4 ? (input as Tensor4D) : tf.expandDims(input, 2);
        const means = pool(images);
        const inside = geometry.padding === 'same' ? pool(tf.onesLike(tf.slice(images, 0, [1, -1, -1, 1]))) : undefined;
        const scaled = inside === undefined ? means : tf.div(means, inside);
        return rank === 1 ? tf.squeeze(scaled, [2]) : scaled;
      };
    },
  };
};

/** The maximum over some axes. Equal values share its gradient, as in TensorFlow. TensorFlow.js gives each of them all of it. */
function sharedMaximum(tf: TensorFlow, x: Tensor, axes: readonly number[]): Tensor {
  return tf.customGrad((input, save) => {
    const given = input as Tensor;
    const largest = tf.max(given, [...axes], true);
    (save as (tensors: Tensor[]) => void)([given, largest]);
    return {
      value: largest,
      gradFunc: (dy: Tensor, [saved = given, maximum = largest]: Tensor[]) => {
        const attained = tf.cast(tf.equal(saved, maximum), 'float32');
        return tf.mul(attained, tf.div(dy, tf.sum(attained, [...axes], true)));
      },
    };
  })(x);
}

const globalPooling = (reduce: (tf: TensorFlow, x: Tensor, axes: readonly number[]) => Tensor): OwnLayer => ({
  shape: (config, [input = []]) => {
    const channels = input.slice(-1);
    return config.keepdims === true ? [...input.slice(0, -1).map(() => 1), ...channels] : channels;
  },
  build: ({ tf, config }) => {
    return (inputs) => {
      const x = only(inputs);
      const axes = [...x.shape.keys()].slice(1, -1);
      const reduced = reduce(tf, x, axes);
      const [batch = 1] = x.shape;
      const shape: Shape = [batch, x.shape.at(-1) ?? 1];
      return config.keepdims === true ? reduced : tf.reshape(reduced, [...shape]);
    };
  },
});

const globalMaximum = globalPooling(sharedMaximum);
const globalAverage = globalPooling((tf, x, axes) => tf.mean(x, [...axes], true));

export const poolingLayers: Readonly<Record<string, OwnLayer>> = {
  AveragePooling1D: averagePooling(1),
  AveragePooling2D: averagePooling(2),
  GlobalMaxPooling1D: globalMaximum,
  GlobalMaxPooling2D: globalMaximum,
  GlobalAveragePooling1D: globalAverage,
  GlobalAveragePooling2D: globalAverage,
};
