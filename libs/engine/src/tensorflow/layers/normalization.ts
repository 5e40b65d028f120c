import { along, axesOf, only, weightTensor, type LayerScope, type OwnLayer, type Shape } from './layer.js';

/** Batch normalization at inference, (x − mean)·s + offset. TensorFlow.js's layer has no gradient if scale or centre is off. */
const batchNormalization: OwnLayer = {
  build: (scope) => {
    const { tf, config, weight, constant } = scope;
    const [gamma, variance] = [weight('gamma')?.data, weight('moving_variance')?.data ?? new Float32Array()];
    const epsilon = Number(config.epsilon ?? 1e-3);
    const slopes = variance.map((value, i) => (gamma?.[i] ?? 1) / Math.sqrt(value + epsilon));
    const slope = constant(slopes, [slopes.length]);
    const mean = weightTensor(scope, 'moving_mean');
    const offset = weight('beta') === undefined ? undefined : weightTensor(scope, 'beta');
    return (inputs) => {
      const x = only(inputs);
      const shape = along(x.shape, axesOf(config.axis, x.rank));
      const scaled = tf.mul(tf.sub(x, tf.reshape(mean, shape)), tf.reshape(slope, shape));
      return offset === undefined ? scaled : tf.add(scaled, tf.reshape(offset, shape));
    };
  },
};

/** Layer normalization in elementary operations. TensorFlow.js's layer fails if scale or centre is off. */
const layerNormalization: OwnLayer = {
  refusal: ({ rms_scaling: rms }) => (rms === true ? 'which scales by the root mean square' : undefined),
  build: (scope) => {
    const { tf, config } = scope;
    const [gamma, beta] = ['gamma', 'beta'].map((role) => (scope.weight(role) ? weightTensor(scope, role) : undefined));
    return (inputs) => {
      const x = only(inputs);
      const axes = axesOf(config.axis, x.rank);
      const centred = tf.sub(x, tf.mean(x, axes, true));
      const variance = tf.mean(tf.square(centred), axes, true);
      const normal = tf.mul(centred, tf.rsqrt(tf.add(variance, Number(config.epsilon ?? 1e-3))));
      const shape = along(x.shape, axes);
      const scaled = gamma === undefined ? normal : tf.mul(normal, tf.reshape(gamma, shape));
      return beta === undefined ? scaled : tf.add(scaled, tf.reshape(beta, shape));
    };
  },
};

const numbersIn = (value: unknown): number[] => [value].flat(8).filter((number) => typeof number === 'number');

/** The shape of one number for all values, or of one per index of the given axes. */
function broadcast(numbers: ArrayLike<number>, input: Shape, axes: readonly number[]): number[] {
  return numbers.length === 1 ? input.map(() => 1) : along(input, axes);
}

/** x·scale + offset */
const rescaling: OwnLayer = {
  build: ({ tf, config, constant }) => {
    const [scales, offsets] = [numbersIn(config.scale ?? 1), numbersIn(config.offset ?? 0)];
    const scale = constant(Float32Array.from(scales), [scales.length]);
    const offset = constant(Float32Array.from(offsets), [offsets.length]);
    return (inputs) => {
      const x = only(inputs);
      const last = [x.rank - 1];
      const scaled = tf.mul(x, tf.reshape(scale, broadcast(scales, x.shape, last)));
      return tf.add(scaled, tf.reshape(offset, broadcast(offsets, x.shape, last)));
    };
  },
};

/** (x − mean)/max(√variance, 1e-7), or its inverse. The statistics are in the configuration or among the weights. */
const normalization: OwnLayer = {
  build: (scope: LayerScope) => {
    const { tf, config, constant } = scope;
    const statistic = (role: string) => Float32Array.from(scope.weight(role)?.data ?? numbersIn(config[role]));
    const [means, variances] = [statistic('mean'), statistic('variance')];
    const deviations = variances.map((value) => Math.max(Math.sqrt(value), 1e-7));
    const mean = constant(means, [means.length]);
    const deviation = constant(deviations, [deviations.length]);
    return (inputs) => {
      const x = only(inputs);
      const axes = config.axis === null || config.axis === undefined ? [x.rank - 1] : axesOf(config.axis, x.rank);
      const [centre, width] = [
        tf.reshape(mean, broadcast(means, x.shape, axes)),
        tf.reshape(deviation, broadcast(deviations, x.shape, axes)),
      ];
      return config.invert === true ? tf.add(tf.mul(x, width), centre) : tf.div(tf.sub(x, centre), width);
    };
  },
};

/** One factor per channel, as in ConvNeXt. */
const layerScale: OwnLayer = {
  build: (scope) => {
    const gamma = weightTensor(scope, 'gamma');
    return (inputs) => scope.tf.mul(only(inputs), gamma);
  },
};

export const normalizationLayers: Readonly<Record<string, OwnLayer>> = {
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  Rescaling: rescaling,
  Normalization: normalization,
  LayerScale: layerScale,
};
