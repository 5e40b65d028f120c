import type { ModelFormat } from '@xaigrid/contracts';
import type { Graph } from './graph.js';

/** A layer as users name it, and the graph value that carries its output. */
export interface ModelLayer {
  readonly name: string;
  /** Keras class (`Conv1D`) or ONNX operator (`Conv`). */
  readonly kind: string;
  /** Graph value holding the layer's output, channels first: `[n, channels, ...positions]`, or `[n, units]`. */
  readonly value: string;
  /** Output shape without batch, channels last. */
  readonly shape: readonly number[];
  readonly parameters: number;
}

/** A Keras model as TF.js can load it too; what the tensorflow engine executes. */
export interface KerasSource {
  /** The `model_config` JSON. */
  readonly topology: unknown;
  readonly weights: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly data: Float32Array<ArrayBuffer>;
  }[];
}

/**
 * A model read from a file: its forward graph, channels first inside and taking channels-first input
 * (`[n, channels, ...positions]`), with layers by name. Engines present it channels last.
 */
export interface Model {
  readonly format: ModelFormat;
  readonly graph: Graph;
  /** Name of the graph's one input, and its shape without batch, channels last: `[40, 1]`, `[224, 224, 3]`. */
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  /** Name of the graph's one output `[n, classes]`. */
  readonly output: { readonly name: string; readonly classes: number };
  readonly layers: readonly ModelLayer[];
  /** Default SISE layers: the input of every pooling layer, and the last convolution if no pooling follows it. */
  readonly saliencyLayers: readonly string[];
  readonly keras?: KerasSource;
}
