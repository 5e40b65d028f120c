import type { SymbolicTensor, Tensor, Tensor3D, Tensor4D } from '@tensorflow/tfjs';
import type { TensorFlow } from './load-tensorflow.js';

/**
 * Average pooling with padding `same`, its gradient included. TensorFlow.js 4.22 computes that gradient as if padding
 * took part in the mean; here zeros are padded by hand and the mean over the window scaled to the values inside.
 * @returns undefined for other layers, for padding `valid`, and for channels first.
 */
export function sameAveragePooling(
  tf: TensorFlow,
  layer: SymbolicTensor['sourceLayer'],
): ((inputs: readonly Tensor[]) => Tensor) | undefined {
  const { poolSize, strides, padding, dataFormat } = layer.getConfig();
  const axes = ['AveragePooling1D', 'AveragePooling2D'].indexOf(layer.getClassName()) + 1;
  if (axes === 0 || padding !== 'same' || dataFormat === 'channelsFirst') return undefined;
  const size = extents(poolSize, axes);
  const step = extents(strides ?? poolSize, axes);

  function pool(images: Tensor4D): Tensor4D {
    const rows = samePadding(images.shape[1], size[0], step[0]);
    const columns = samePadding(images.shape[2], size[1], step[1]);
    return tf.avgPool(tf.pad(images, [[0, 0], rows, columns, [0, 0]]), size, step, 'valid');
  }

  return (inputs) => {
    // The layer has one input of three or four axes; three become an image one pixel wide.
    const [input] = inputs as readonly [Tensor3D | Tensor4D];
    const images: Tensor4D = input.rank === 4 ? (input as Tensor4D) : tf.expandDims(input, 2);
    const inside = pool(tf.onesLike(tf.slice(images, 0, [1, -1, -1, 1])));
    const means = tf.div(pool(images), inside);
    return axes === 1 ? tf.squeeze(means, [2]) : means;
  };
}

function samePadding(extent: number, size: number, step: number): [before: number, after: number] {
  const total = Math.max(0, (Math.ceil(extent / step) - 1) * step + size - extent);
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}

function extents(value: unknown, axes: number): [number, number] {
  const [first = 1, second = first] = Array.isArray(value) ? value.map(Number) : [Number(value)];
  return axes === 1 ? [first, 1] : [first, second];
}
