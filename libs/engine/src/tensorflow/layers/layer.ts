import type { Tensor } from '@tensorflow/tfjs';
import type { KerasSource } from '@xaigrid/graph';
import type { TensorFlow } from '../tensorflow-library.js';

/** A layer's configuration as Keras writes it. libs/graph has checked the parts that are read. */
export type Config = Readonly<Record<string, unknown>>;
export type Shape = readonly number[];
export type Apply = (inputs: readonly Tensor[]) => Tensor;

export interface LayerScope {
  readonly tf: TensorFlow;
  readonly config: Config;
  readonly definitions: KerasSource['definitions'];
  /** A weight of the layer by its role: `kernel`, `moving_mean`. */
  readonly weight: (role: string) => { readonly shape: Shape; readonly data: Float32Array<ArrayBuffer> } | undefined;
  /** A tensor that lives as long as the network. */
  readonly constant: (data: Float32Array, shape: Shape) => Tensor;
}

/** A layer that the engine builds itself from operations of TensorFlow.js, which lacks it or computes it wrongly. */
export interface OwnLayer {
  /** The reason why this configuration cannot be computed. It completes "cannot compute layer "x", …". */
  readonly refusal?: (config: Config) => string | undefined;
  /** The shape of the output without the batch, in Keras's order of axes. Default: that of the first input. */
  readonly shape?: (config: Config, inputs: readonly Shape[]) => Shape;
  readonly build: (scope: LayerScope) => Apply;
}

/**
 * A weight as a tensor of the network.
 * @throws TypeError for a weight that the file lacks; the reader of the file has checked this
 */
export function weightTensor({ weight, constant }: LayerScope, role: string, shape?: Shape): Tensor {
  const found = weight(role);
  if (found === undefined) throw new TypeError(`The layer has no weight "${role}".`);
  return constant(found.data, shape ?? found.shape);
}

/** A number per axis, from a list or from one number for all. */
export function extents(value: unknown, rank: number, otherwise = 1): number[] {
  const given = [value ?? otherwise].flat().map(Number);
  return Array.from({ length: rank }, (_, axis) => given[axis] ?? given[0] ?? otherwise);
}

/** Axes of a tensor with `rank` axes, the batch included, counted from the front. */
export function axesOf(value: unknown, rank: number): number[] {
  return [value ?? -1].flat(2).map((axis) => (Number(axis) < 0 ? rank + Number(axis) : Number(axis)));
}

/** The input of a layer with one input. */
export function only(inputs: readonly Tensor[]): Tensor {
  const [input] = inputs;
  if (input === undefined) throw new TypeError('A layer has an input.');
  return input;
}

/** `shape` with 1 on all axes except the given ones, so that it broadcasts along the others. */
export function along(shape: Shape, axes: readonly number[]): number[] {
  return shape.map((extent, axis) => (axes.includes(axis) ? extent : 1));
}
