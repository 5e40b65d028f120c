import { activationFunction, elementwise, softmax as softmaxOfRows } from './activation-functions.js';
import { axesOf, only, type OwnLayer } from './layer.js';

const activation: OwnLayer = {
  refusal: ({ activation: name }) =>
    activationFunction(String(name)) === undefined ? `whose activation is "${String(name)}"` : undefined,
  build: ({ tf, config }) => {
    const apply = activationFunction(String(config.activation));
    if (apply === undefined) throw new TypeError('What is refused is not built.');
    return (inputs) => apply(tf, only(inputs));
  },
};

/**
 * x where x > threshold, at most `max_value`; below the threshold `negative_slope`·(x − threshold). At the threshold, Keras has
 * slope 0.
 */
const relu: OwnLayer = {
  build: ({ tf, config }) => {
    const threshold = Number(config.threshold ?? 0);
    const below = Number(config.negative_slope ?? 0);
    const limit = typeof config.max_value === 'number' ? config.max_value : Infinity;
    if (below !== 0 && threshold === 0 && limit === Infinity) return (inputs) => tf.leakyRelu(only(inputs), below);
    return (inputs) =>
      elementwise(
        tf,
        only(inputs),
        (_, x) => {
          const above = tf.mul(tf.minimum(x, limit), tf.cast(tf.greater(x, threshold), 'float32'));
          return below === 0 ? above : tf.add(above, tf.mul(tf.minimum(tf.sub(x, threshold), 0), below));
        },
        (_, x) => {
          const above = tf.cast(tf.greater(x, threshold), 'float32');
          const slope = limit === Infinity ? above : tf.mul(above, tf.cast(tf.less(x, limit), 'float32'));
          return below === 0 ? slope : tf.add(slope, tf.mul(tf.cast(tf.less(x, threshold), 'float32'), below));
        },
      );
  },
};

const leakyRelu: OwnLayer = {
  build: ({ tf, config }) => {
    const slope = Number(config.alpha ?? config.negative_slope ?? 0.3);
    return (inputs) => tf.leakyRelu(only(inputs), slope);
  },
};

/** x above 0, else α(eˣ − 1) */
const elu: OwnLayer = {
  build: ({ tf, config }) => {
    const alpha = Number(config.alpha ?? 1);
    if (alpha === 1) return (inputs) => tf.elu(only(inputs));
    return (inputs) =>
      elementwise(
        tf,
        only(inputs),
        (_, x) => tf.add(tf.relu(x), tf.mul(tf.expm1(tf.minimum(x, 0)), alpha)),
        (_, x) => {
          const above = tf.cast(tf.greater(x, 0), 'float32');
          return tf.add(above, tf.mul(tf.mul(tf.exp(tf.minimum(x, 0)), alpha), tf.sub(1, above)));
        },
      );
  },
};

/** Softmax over any axes. They are moved to the end, where TensorFlow.js has its softmax. */
const softmax: OwnLayer = {
  build: ({ tf, config }) => {
    return (inputs) => {
      const x = only(inputs);
      const axes = axesOf(config.axis, x.rank);
      if (axes.length === 1 && axes[0] === x.rank - 1) return softmaxOfRows(tf, x);
      const order = [...x.shape.keys()].filter((axis) => !axes.includes(axis)).concat(axes);
      const moved = tf.transpose(x, order);
      const together = axes.reduce((size, axis) => size * (x.shape[axis] ?? 1), 1);
      const rows = softmaxOfRows(tf, tf.reshape(moved, [-1, together]));
      return tf.transpose(
        tf.reshape(rows, moved.shape),
        order.map((_, axis) => order.indexOf(axis)),
      );
    };
  },
};

export const activationLayers: Readonly<Record<string, OwnLayer>> = {
  Activation: activation,
  ReLU: relu,
  LeakyReLU: leakyRelu,
  ELU: elu,
  Softmax: softmax,
};
