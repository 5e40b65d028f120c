import type { Tensor } from '@tensorflow/tfjs';
import type { KerasSource } from '@xaigrid/graph';
import type { TensorFlow } from '../tensorflow-library.js';

/** A layer's configuration as Keras writes it; `libs/graph` has checked what it reads of it. */
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

/** A layer that is not TensorFlow.js's own, made of its operations: one that it lacks, or computes wrongly. */
export interface OwnLayer {
  /** Why this configuration cannot be computed: completes "cannot compute layer "x", …". */
  readonly refusal?: (config: Config) => string | undefined;
  /** The output's shape without the batch, in Keras's order of axes; default: the first input's. */
  readonly shape?: (config: Config, inputs: readonly Shape[]) => Shape;
  readonly build: (scope: LayerScope) => Apply;
}

/** A weight as a tensor of the network. @throws TypeError for one that the file does not have; its reader has checked them */
export function weightTensor({ weight, constant }: LayerScope, role: string, shape?: Shape): Tensor {
  const found = weight(role);
  if (found === undefined) throw new TypeError(`The layer has no weight "${role}".`);
  return constant(found.data, shape ?? found.shape);
}

/** A number an axis, or one for all. */
export function extents(value: unknown, rank: number, otherwise = 1): number[] {
  const given = [value ?? otherwise].flat().map(Number);
  return Array.from({ length: rank }, (_, axis) => given[axis] ?? given[0] ?? otherwise);
}

/** Axes of a tensor of `rank` axes, the batch among them, counted from its front. */
export function axesOf(value: unknown, rank: number): number[] {
  return [value ?? -1].flat(2).map((axis) => (Number(axis) < 0 ? rank + Number(axis) : Number(axis)));
}

/** The one input of a layer that has one. */
export function only(inputs: readonly Tensor[]): Tensor {
  const [input] = inputs;
  if (input === undefined) throw new TypeError('A layer has an input.');
  return input;
}

/** `shape` with 1 on all axes but those given: what broadcasts along them. */
export function along(shape: Shape, axes: readonly number[]): number[] {
  return shape.map((extent, axis) => (axes.includes(axis) ? extent : 1));
}
