import { normals, uniform } from './random.js';

/** A Keras layer's configuration with fixed random weights. */
export interface KerasLayer {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>> & { readonly name: string };
  readonly weights: readonly KerasWeight[];
}

export interface KerasWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

interface ConvolutionOptions {
  readonly name: string;
  readonly from: number;
  readonly filters: number;
  readonly kernel: readonly number[];
  readonly strides?: readonly number[];
  readonly padding?: 'same' | 'valid';
  readonly activation?: string;
  readonly bias?: boolean;
}

/** Conv1D, Conv2D or Conv3D, by the kernel's extents. Weights keep the signal's scale (He). */
export function convolution(options: ConvolutionOptions): KerasLayer {
  const { name, from, filters, kernel, padding = 'same', activation = 'linear', bias = true } = options;
  const ones: readonly number[] = kernel.map(() => 1);
  const strides = options.strides ?? ones;
  const fanIn = kernel.reduce((a, b) => a * b, from);
  return {
    class_name: `Conv${kernel.length}D`,
    config: {
      name,
      filters,
      kernel_size: [...kernel],
      strides: [...strides],
      padding,
      data_format: 'channels_last',
      dilation_rate: [...ones],
      activation,
      use_bias: bias,
      // As Keras 2.4 writes it; TensorFlow.js does not know the class.
      kernel_regularizer: { class_name: 'L2', config: { l2: 0.0005 } },
    },
    weights: [
      weight(`${name}/kernel`, [...kernel, from, filters], Math.sqrt(2 / fanIn)),
      ...(bias ? [weight(`${name}/bias`, [filters], 0.1)] : []),
    ],
  };
}

export function dense(name: string, from: number, units: number, activation = 'linear'): KerasLayer {
  return {
    class_name: 'Dense',
    config: { name, units, activation, use_bias: true },
    weights: [weight(`${name}/kernel`, [from, units], Math.sqrt(1 / from)), weight(`${name}/bias`, [units], 0.1)],
  };
}

export function batchNormalization(name: string, channels: number): KerasLayer {
  return {
    class_name: 'BatchNormalization',
    config: { name, axis: [3], momentum: 0.99, epsilon: 0.001, center: true, scale: true },
    weights: [
      positive(`${name}/gamma`, channels),
      weight(`${name}/beta`, [channels], 0.2),
      weight(`${name}/moving_mean`, [channels], 0.2),
      positive(`${name}/moving_variance`, channels),
    ],
  };
}

/** A layer without weights. */
export function plain(class_name: string, name: string, config: Readonly<Record<string, unknown>> = {}): KerasLayer {
  return { class_name, config: { name, ...config }, weights: [] };
}

function weight(name: string, shape: readonly number[], scale: number): KerasWeight {
  return {
    name,
    shape,
    data: normals(
      shape.reduce((a, b) => a * b, 1),
      seedOf(name),
      scale,
    ),
  };
}

function positive(name: string, count: number): KerasWeight {
  const draw = uniform(seedOf(name));
  return { name, shape: [count], data: Float32Array.from({ length: count }, () => 0.5 + draw()) };
}

function seedOf(text: string): number {
  return Array.from(text).reduce((hash, letter) => (Math.imul(hash, 31) + letter.charCodeAt(0)) >>> 0, 7);
}
