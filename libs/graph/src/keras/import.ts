import { XaigridError } from '@xaigrid/contracts';
import { sizeOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { GraphBuilder } from '../builder.js';
import type { Model, ModelLayer } from '../model.js';
import { saliencyLayersOf } from '../saliency-layers.js';
import { createScope, split, type Feature } from './layer-import.js';
import { isConvolution, isNoOp, isPooling, layerImports } from './layers/registry.js';
import { parsed, parseTopology, type Inbound, type KerasLayer, type Topology } from './topology.js';
import { checkWeights, type KerasFile, type KerasWeight } from './weights.js';

const INPUT = 'input';
const shapeSchema = z.array(z.int().positive().nullable()).min(2);

/**
 * Turns a Keras model into a forward graph.
 * @throws MODEL_UNSUPPORTED for a layer without an import, naming it; MODEL_UNREADABLE; MODEL_NOT_FINITE
 */
export function importKeras(file: KerasFile, format: 'keras-hdf5' | 'tfjs-layers', name: string): Model {
  checkWeights(file.weights);
  const topology = parseTopology(file.topology);
  const shape = inputShape(topology);
  const { positions, channels } = split(shape);
  const builder = new GraphBuilder(name);
  builder.input(INPUT, 'float', [null, channels, ...positions]);

  const features = importLayers(builder, topology, { value: INPUT, shape }, file.weights);
  const output = features.get(keyOf(topology.output));
  if (output === undefined)
    throw new XaigridError('MODEL_UNREADABLE', `The model's output layer "${topology.output.layer}" is not among its layers.`);
  if (output.shape.length !== 1) {
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `The model's output is [${output.shape.join(', ')}] a sample; one number a class is supported.`,
    );
  }
  builder.output(output.value);
  // In the order they were imported in, which is topological.
  const order = [...features.keys()];
  const rank = (layer: KerasLayer) => order.indexOf(keyOf({ layer: layer.name, call: 0 }));
  const layers = topology.layers.filter((layer) => layer.name !== topology.input).sort((a, b) => rank(a) - rank(b));
  return {
    format,
    graph: builder.build(),
    input: { name: INPUT, shape },
    output: { name: output.value, classes: output.shape[0] ?? 0 },
    layers: layers.flatMap((layer) => describe(layer, features, file.weights)),
    saliencyLayers: saliencyLayersOf(
      layers.map((layer) => ({
        name: layer.name,
        kind: isPooling(layer.className)
          ? 'pooling'
          : isConvolution(layer.className)
            ? 'convolution'
            : isNoOp(layer.className)
              ? 'nothing'
              : 'other',
        inputs: (layer.calls[0] ?? []).map((inbound) => inbound.layer),
        rank: features.get(keyOf({ layer: layer.name, call: 0 }))?.shape.length ?? 0,
      })),
    ),
    keras: {
      topology: file.topology,
      weights: file.weights.map(({ name: weight, shape: extents, data }) => ({ name: weight, shape: extents, data })),
    },
  };
}

const keyOf = ({ layer, call }: Inbound) => JSON.stringify([layer, call]);

function inputShape(topology: Topology): number[] {
  const layer = topology.layers.find(({ name }) => name === topology.input);
  if (layer?.className !== 'InputLayer')
    throw new XaigridError('MODEL_UNREADABLE', `The model's input "${topology.input}" is not an InputLayer.`);
  const { config } = layer;
  const [, ...extents] = parsed(
    shapeSchema,
    config.batch_input_shape ?? config.batch_shape,
    `input shape of layer "${layer.name}"`,
  );
  return extents.map((extent) => {
    if (extent === null)
      throw new XaigridError(
        'MODEL_UNSUPPORTED',
        `The model's input is [${extents.join(', ')}] a sample; a fixed size is needed.`,
      );
    return extent;
  });
}

/** Imports every call of every layer as soon as its inputs are there; Keras lists layers in no guaranteed order. */
function importLayers(
  builder: GraphBuilder,
  topology: Topology,
  input: Feature,
  weights: readonly KerasWeight[],
): Map<string, Feature> {
  const features = new Map<string, Feature>([[keyOf({ layer: topology.input, call: 0 }), input]]);
  let waiting = topology.layers
    .filter(({ name }) => name !== topology.input)
    .flatMap((layer) => layer.calls.map((inbound, call) => ({ layer, inbound, call })));
  while (waiting.length > 0) {
    const left = waiting.filter(({ layer, inbound, call }) => {
      const inputs = inbound.map((from) => features.get(keyOf(from)));
      if (!inputs.every((feature) => feature !== undefined)) return true;
      features.set(
        keyOf({ layer: layer.name, call }),
        importLayer(
          builder,
          layer,
          inputs,
          weights.filter((weight) => weight.layer === layer.name),
        ),
      );
      return false;
    });
    if (left.length === waiting.length) {
      const [stuck] = left;
      throw new XaigridError(
        'MODEL_UNREADABLE',
        `Layer "${stuck?.layer.name ?? ''}" depends on a layer that the model does not have, or on itself.`,
      );
    }
    waiting = left;
  }
  return features;
}

function importLayer(
  builder: GraphBuilder,
  layer: KerasLayer,
  inputs: readonly Feature[],
  weights: readonly KerasWeight[],
): Feature {
  const importer = layerImports.get(layer.className);
  if (importer === undefined) {
    const supported = ['InputLayer', ...layerImports.keys()].join(', ');
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `Layer "${layer.name}" is of class ${layer.className}, which is not supported. Supported: ${supported}.`,
    );
  }
  return importer(createScope(builder, layer, inputs, weights));
}

/** A shared layer is listed once a call: `dense`, `dense:1`. */
function describe(layer: KerasLayer, features: ReadonlyMap<string, Feature>, weights: readonly KerasWeight[]): ModelLayer[] {
  const own = weights.filter((weight) => weight.layer === layer.name);
  const parameters = own.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return layer.calls.flatMap((_, call) => {
    const feature = features.get(keyOf({ layer: layer.name, call }));
    if (feature === undefined) return [];
    return [{ name: call === 0 ? layer.name : `${layer.name}:${String(call)}`, kind: layer.className, ...feature, parameters }];
  });
}
