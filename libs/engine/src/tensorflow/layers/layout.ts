import { inferenceNoOpNames } from '@xaigrid/graph';
import { sizeOf } from '@xaigrid/tensor';
import { only, type OwnLayer, type Shape } from './layer.js';

const flatten: OwnLayer = {
  shape: (_, [input = []]) => [sizeOf(input)],
  build:
    ({ tf }) =>
    (inputs) => {
      const x = only(inputs);
      const [batch = 1] = x.shape;
      return tf.reshape(x, [batch, x.size / batch]);
    },
};

function target(given: unknown, size: number): number[] {
  const shape = [given].flat().map(Number);
  const known = shape.reduce((product, extent) => (extent === -1 ? product : product * extent), 1);
  return shape.map((extent) => (extent === -1 ? size / known : extent));
}

const reshape: OwnLayer = {
  shape: (config, [input = []]) => target(config.target_shape, sizeOf(input)),
  build:
    ({ tf, config }) =>
    (inputs) => {
      const x = only(inputs);
      const [batch = 1] = x.shape;
      return tf.reshape(x, [batch, ...target(config.target_shape, x.size / batch)]);
    },
};

/** The beginning and the end of an axis of positions, as a layer pads or crops it. */
function ends(value: unknown, otherwise: number): [before: number, after: number] {
  const [before = otherwise, after = before] = [value ?? otherwise].flat(2).map(Number);
  return [before, after];
}

const withLength = (input: Shape, length: number): number[] => [length, ...input.slice(1)];

const zeroPadding: OwnLayer = {
  shape: (config, [input = []]) =>
    withLength(
      input,
      ends(config.padding, 1).reduce((sum, count) => sum + count, input[0] ?? 1),
    ),
  build:
    ({ tf, config }) =>
    (inputs) =>
      tf.pad(only(inputs), [[0, 0], ends(config.padding, 1), [0, 0]]),
};

const cropping: OwnLayer = {
  shape: (config, [input = []]) =>
    withLength(
      input,
      ends(config.cropping, 1).reduce((rest, count) => rest - count, input[0] ?? 1),
    ),
  build:
    ({ tf, config }) =>
    (inputs) => {
      const x = only(inputs);
      const [before, after] = ends(config.cropping, 1);
      const [batch = 1, length = 1, channels = 1] = x.shape;
      return tf.slice(x, [0, before, 0], [batch, length - before - after, channels]);
    },
};

/**
 * A layer that does nothing at inference. It clones its input, because differentiation needs a value that comes out of an
 * operation.
 */
const nothing: OwnLayer = {
  build:
    ({ tf }) =>
    (inputs) =>
      tf.clone(only(inputs)),
};

export const layoutLayers: Readonly<Record<string, OwnLayer>> = {
  Flatten: flatten,
  Reshape: reshape,
  ZeroPadding1D: zeroPadding,
  Cropping1D: cropping,
};

/** Layers that do nothing at inference. Those for volumes are refused with the other layers for volumes. */
export const inferenceNoOps: Readonly<Record<string, OwnLayer>> = Object.fromEntries(
  inferenceNoOpNames.filter((name) => !name.endsWith('3D')).map((name) => [name, nothing]),
);
