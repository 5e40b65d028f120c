import { matrixAlongAxis } from '../matrix-along-axis.js';
import { extents, only, type Config, type OwnLayer } from './layer.js';

/**
 * A layer that stretches positions, as one product with a constant matrix per axis. The kernels of TensorFlow.js 4.22 are
 * unusable: the gradient of nearest-neighbour resizing is wrong except for the first sample of a batch (backend cpu) or adds to
 * memory that it does not clear (wasm). Bilinear resizing uses TensorFlow.js's positions, even for a file that Keras wrote.
 */
interface Stretching {
  readonly from: number;
  readonly to: number;
  readonly bilinear: boolean;
  /** Whether positions are the centres of pixels (`tf.image.resize` of TensorFlow 2) or their corners (TensorFlow.js). */
  readonly centres: boolean;
}

/** `[to, from]`, flat: the weight of each position of an axis in each position of the stretched axis. */
function stretchingMatrix({ from, to, bilinear, centres }: Stretching): Float32Array {
  const matrix = new Float32Array(to * from);
  const add = (i: number, position: number, weight: number) => {
    const at = i * from + Math.min(Math.max(position, 0), from - 1);
    matrix[at] = (matrix[at] ?? 0) + weight;
  };
  for (let i = 0; i < to; i++) {
    const corner = (i * from) / to;
    const centre = ((i + 0.5) * from) / to;
    if (bilinear) {
      const x = centres ? centre - 0.5 : corner;
      const low = Math.floor(x);
      add(i, low, 1 - (x - low));
      add(i, low + 1, x - low);
    } else add(i, Math.floor(centres ? centre : corner), 1);
  }
  return matrix;
}

const refusal = ({ interpolation = 'nearest' }: Config): string | undefined =>
  interpolation === 'nearest' || interpolation === 'bilinear' ? undefined : `whose interpolation is "${String(interpolation)}"`;

const upSampling = (rank: number): OwnLayer => ({
  refusal,
  shape: (config, [input = []]) => {
    const factors = extents(config.size, rank, 2);
    return input.map((extent, axis) => extent * (factors[axis] ?? 1));
  },
  build: ({ tf, config, definitions }) => {
    const factors = extents(config.size, rank, 2);
    const bilinear = config.interpolation === 'bilinear';
    return (inputs) =>
      factors.reduce((value, factor, position) => {
        const from = value.shape[position + 1] ?? 1;
        const matrix = stretchingMatrix({ from, to: from * factor, bilinear, centres: definitions === 'keras' });
        return matrixAlongAxis(tf, value, position + 1, matrix);
      }, only(inputs));
  },
});

const resizing: OwnLayer = {
  refusal: (config) => {
    if (config.crop_to_aspect_ratio === true || config.pad_to_aspect_ratio === true) return 'which keeps the aspect ratio';
    if (config.antialias === true) return 'which smooths against aliasing';
    return refusal({ interpolation: config.interpolation ?? 'bilinear' });
  },
  shape: ({ height, width }, [input = []]) => [Number(height), Number(width), input.at(-1) ?? 1],
  build: ({ tf, config }) => {
    const bilinear = (config.interpolation ?? 'bilinear') === 'bilinear';
    return (inputs) =>
      [config.height, config.width].reduce((value: ReturnType<typeof only>, to, position) => {
        const from = value.shape[position + 1] ?? 1;
        const matrix = stretchingMatrix({ from, to: Number(to), bilinear, centres: true });
        return matrixAlongAxis(tf, value, position + 1, matrix);
      }, only(inputs));
  },
};

export const resizingLayers: Readonly<Record<string, OwnLayer>> = {
  UpSampling1D: upSampling(1),
  UpSampling2D: upSampling(2),
  Resizing: resizing,
};
