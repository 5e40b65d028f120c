import type { Call } from './arguments.js';
import type { End } from './inbound.js';

/** A layer on its way into nested models: its own name, and what a `.keras` archive calls it there. */
interface PathStep {
  readonly name: string;
  readonly stored: string;
}

export interface KerasLayer {
  /** Unique in the model; a nested model's layer is `model/layer`. */
  readonly name: string;
  readonly path: readonly PathStep[];
  readonly className: string;
  /** Where Keras 3 says the class is from: `keras.layers`, `keras.src.ops.numpy`. */
  readonly module: string | undefined;
  readonly config: Readonly<Record<string, unknown>>;
  /** One entry a call of the layer (several for a shared layer). */
  readonly calls: readonly Call[];
}

/** A Keras model as a list of layers, nested models taken apart; a Sequential one is given the connections it implies. */
export interface Topology {
  readonly name: string;
  readonly layers: readonly KerasLayer[];
  readonly input: string;
  readonly outputs: readonly End[];
}

/** A layer as the file has it: it may be a model itself. */
export type NestedLayer = KerasLayer & { readonly model?: NestedTopology };
export type NestedTopology = Omit<Topology, 'layers'> & { readonly layers: readonly NestedLayer[] };
