import type { Call } from './arguments.js';
import type { End } from './inbound.js';

/** One step of the path of a layer through nested models: its own name, and its name in a `.keras` archive. */
interface PathStep {
  readonly name: string;
  readonly stored: string;
}

/** One layer of a Keras model, as its file describes it. */
export interface KerasLayer {
  /** Unique in the model. A layer of a nested model is `model/layer`. */
  readonly name: string;
  readonly path: readonly PathStep[];
  readonly className: string;
  /** The module of the class, as Keras 3 writes it: `keras.layers`, `keras.src.ops.numpy`. */
  readonly module: string | undefined;
  readonly config: Readonly<Record<string, unknown>>;
  /** One entry per call of the layer. A shared layer has several. */
  readonly calls: readonly Call[];
}

/**
 * A Keras model as a list of layers, with nested models flattened. The implied connections of a Sequential model are filled in.
 */
export interface Topology {
  readonly name: string;
  readonly layers: readonly KerasLayer[];
  readonly input: string;
  readonly outputs: readonly End[];
}

/** A layer as in the file. It may itself be a model. */
export type NestedLayer = KerasLayer & { readonly model?: NestedTopology };
export type NestedTopology = Omit<Topology, 'layers'> & { readonly layers: readonly NestedLayer[] };
