import { XaigridError } from '@xaigrid/contracts';
import { recurrentLayers, refuseLayer } from './refused-layers.js';

/** A layer's activation taken out of its configuration: layer name → Keras activation name. */
type Activations = ReadonlyMap<string, string>;

export interface PreparedTopology {
  /** As `tf.loadLayersModel` takes it. */
  readonly topology: Record<string, unknown>;
  readonly activations: Activations;
}

type Json = Record<string, unknown>;

/**
 * Readies a Keras topology for TensorFlow.js.
 * - Regularizers, constraints and initializers only matter for training, and TensorFlow.js refuses some of Keras' (`L2`).
 * - Activations inside layers become `linear` and are returned apart: gradients and DeepLIFT rules then see every
 *   linear part and every nonlinearity on its own.
 * @throws OPERATION_UNSUPPORTED for layers that TensorFlow.js cannot compute, for options that TensorFlow.js would silently ignore (groups, a ReLU's slope or threshold), and for Resizing.
 */
export function prepareTopology(topology: unknown): PreparedTopology {
  const copy = structuredClone(topology) as Json;
  const model = isObject(copy.model_config) ? copy.model_config : copy;
  const activations = new Map<string, string>();
  for (const layer of layersOf(model)) prepareLayer(layer, activations);
  return { topology: model, activations };
}

function layersOf(model: Json): Json[] {
  const config = model.config;
  const layers = Array.isArray(config) ? config : isObject(config) ? config.layers : undefined;
  return Array.isArray(layers) ? layers.filter(isObject) : [];
}

function prepareLayer(layer: Json, activations: Map<string, string>): void {
  const config = layer.config;
  if (!isObject(config)) return;
  const name = String(config.name ?? layer.name);
  refuseLayer(name, layer.class_name, config);
  forgetTraining(config);
  unwrapAxis(config);
  if (typeof config.groups === 'number' && config.groups !== 1) {
    throw new XaigridError(
      'OPERATION_UNSUPPORTED',
      `The tensorflow engine cannot compute layer "${name}", a convolution in ${config.groups} groups. Use the engine onnxruntime.`,
    );
  }
  if (layer.class_name === 'Resizing') {
    throw new XaigridError(
      'OPERATION_UNSUPPORTED',
      `The tensorflow engine cannot compute layer "${name}": TensorFlow.js leaves the batch out of a Resizing layer's shape. Use the engine onnxruntime.`,
    );
  }
  if (layer.class_name === 'ReLU' && (config.negative_slope || config.threshold)) {
    throw new XaigridError(
      'OPERATION_UNSUPPORTED',
      `The tensorflow engine cannot compute layer "${name}": TensorFlow.js ignores a ReLU's negative slope and threshold. Use the engine onnxruntime.`,
    );
  }
  // The layer called Activation has nothing but its activation.
  if (layer.class_name === 'Activation' || recurrentLayers.has(String(layer.class_name)) || typeof config.activation !== 'string')
    return;
  if (config.activation !== 'linear') activations.set(name, config.activation);
  config.activation = 'linear';
}

/** Keras 2 writes batch normalisation's axis as a list of one. */
function unwrapAxis(config: Json): void {
  const axis: unknown = config.axis;
  if (Array.isArray(axis) && axis.length === 1) config.axis = axis[0] as unknown;
}

function forgetTraining(config: Json): void {
  for (const [key, value] of Object.entries(config)) {
    if (key.endsWith('_regularizer') || key.endsWith('_constraint')) config[key] = null;
    // Weights are loaded over it: the cheapest initializer will do.
    else if (key.endsWith('_initializer') && value !== null) config[key] = { class_name: 'Zeros', config: {} };
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
