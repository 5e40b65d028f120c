import type { SymbolicTensor, Tensor } from '@tensorflow/tfjs';
import type { KerasSource } from '@xaigrid/graph';
import type { TensorFlow } from './load-tensorflow.js';
import { matrixAlongAxis } from './matrix-along-axis.js';

interface Stretching {
  readonly from: number;
  readonly factor: number;
  readonly bilinear: boolean;
  readonly definitions: KerasSource['definitions'];
}

/**
 * An UpSampling2D layer as a product with a constant matrix an axis. TensorFlow.js 4.22's own kernels will not do: the
 * gradient of nearest-neighbour resizing is wrong but for the first sample of a batch (backend cpu) or adds onto memory that
 * it does not clear (wasm), and bilinear resizing takes TensorFlow.js's positions, also for a file that Keras wrote.
 * @returns undefined for other layers, and for channels first.
 */
export function upSampling(
  tf: TensorFlow,
  layer: SymbolicTensor['sourceLayer'],
  definitions: KerasSource['definitions'],
): ((inputs: readonly Tensor[]) => Tensor) | undefined {
  const { size, interpolation, dataFormat } = layer.getConfig();
  if (layer.getClassName() !== 'UpSampling2D' || dataFormat === 'channelsFirst') return undefined;
  const factors = [size].flat().map(Number);
  const bilinear = interpolation === 'bilinear';
  return (inputs) => {
    const [input] = inputs as readonly [Tensor];
    return factors.reduce((value, factor, position) => {
      const from = input.shape[position + 1] ?? 1;
      return matrixAlongAxis(tf, value, position + 1, stretchingMatrix({ from, factor, bilinear, definitions }));
    }, input);
  };
}

/** `[from·factor, from]`, flat: what each position of an axis gives to each position of the stretched one. */
function stretchingMatrix({ from, factor, bilinear, definitions }: Stretching): Float32Array {
  const matrix = new Float32Array(from * factor * from);
  const add = (i: number, position: number, weight: number) => {
    const at = i * from + Math.min(Math.max(position, 0), from - 1);
    matrix[at] = (matrix[at] ?? 0) + weight;
  };
  for (let i = 0; i < from * factor; i++) {
    if (bilinear) {
      // Keras's positions are the pixels' centres (`tf.image.resize` of TensorFlow 2), TensorFlow.js's their corners.
      const x = definitions === 'keras' ? (i + 0.5) / factor - 0.5 : i / factor;
      const low = Math.floor(x);
      add(i, low, 1 - (x - low));
      add(i, low + 1, x - low);
    } else add(i, Math.floor(i / factor), 1);
  }
  return matrix;
}
