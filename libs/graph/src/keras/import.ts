import { XaigridError, type ModelFormat } from '@xaigrid/contracts';
import { sizeOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { GraphBuilder } from '../builder.js';
import { addEnding, chooseEnding, type OutputOption } from '../ending.js';
import { resolveInputShape } from '../input-shape.js';
import type { Model, ModelLayer } from '../model.js';
import { apart, withNamesApart } from '../names.js';
import { saliencyLayersOf } from '../saliency-layers.js';
import { asKeras2 } from './as-keras2.js';
import type { Inbound } from './inbound.js';
import { channelsLastShape, createScope, split, type ChannelOrder, type Feature } from './layer-import.js';
import { importOf, isConvolution, isPassive, isPooling, layerImports } from './layers/registry.js';
import { parsed } from './parsed.js';
import { parseTopology, type KerasLayer, type Topology } from './topology.js';
import { checkWeights, type KerasFile, type KerasWeight } from './weights.js';

const INPUT = 'input';
const shapeSchema = z.array(z.int().positive().nullable()).min(2);

export interface ImportOptions {
  readonly name: string;
  /** Channels last, without the batch; where the file leaves the size open. */
  readonly inputShape?: readonly number[];
  readonly output?: OutputOption;
}

/**
 * Turns a Keras model into a forward graph.
 * @throws MODEL_UNSUPPORTED for a layer without an import, naming it; MODEL_UNREADABLE; MODEL_NOT_FINITE
 */
export function importKeras(
  file: KerasFile,
  format: Exclude<ModelFormat, 'onnx'>,
  { name, inputShape, output: outputOption }: ImportOptions,
): Model {
  const topology = parseTopology(file.topology);
  const weights = new Map(topology.layers.map((layer) => [layer.name, file.weightsOf(layer)]));
  const weightsOf = (layer: KerasLayer) => weights.get(layer.name) ?? [];
  for (const own of weights.values()) checkWeights(own);
  const order = orderOf(topology);
  const shape = resolveInputShape(channelsLastShape(declaredShape(topology), order), inputShape);
  const { positions, channels } = split(shape);
  const builder = new GraphBuilder(name);
  builder.input(INPUT, 'float', [null, channels, ...positions]);

  const { kerasVersion, definitions } = file;
  const corrections = new Set<string>();
  const corrected = (what: string) => void corrections.add(what);
  const importOne = (layer: KerasLayer, operands: readonly (Feature | number)[]) =>
    importLayer(layer, { builder, operands, order, weights: weightsOf(layer), kerasVersion, definitions, corrected });
  const features = importLayers(topology, { value: INPUT, shape }, importOne);
  const output = features.get(keyOf(topology.output));
  if (output === undefined)
    throw new XaigridError('MODEL_UNREADABLE', `The model's output layer "${topology.output.layer}" is not among its layers.`);
  if (output.shape.length !== 1) {
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `The model's output is [${output.shape.join(', ')}] a sample; one number a class is supported.`,
    );
  }
  const classes = output.shape[0] ?? 0;
  const ending = chooseEnding({ nodes: builder.nodes, value: output.value, classes }, outputOption);
  const value = addEnding(builder, output.value, ending);
  builder.output(value);
  // In the order they were imported in, which is topological.
  const places = new Map([...features.keys()].map((key, index) => [key, index]));
  const rank = (layer: KerasLayer) => places.get(keyOf({ layer: layer.name, call: 0 })) ?? -1;
  const layers = topology.layers.filter((layer) => layer.name !== topology.input).sort((a, b) => rank(a) - rank(b));
  const tensorFlowEnding = { softmax: 'softmax', sigmoid: 'sigmoid', exp: 'exponential', none: undefined }[ending];
  return {
    format,
    graph: withNamesApart(builder.build()),
    input: { name: apart(INPUT), shape },
    output: { name: apart(value), classes, ending },
    layers: layers.flatMap((layer) => describe(layer, features, weightsOf(layer))),
    saliencyLayers: saliencyLayersOf(
      shape,
      layers.map((layer) => roleOf(layer, features)),
    ),
    corrections: [...corrections].sort(),
    keras: asKeras2(topology, weightsOf, {
      kerasVersion,
      definitions,
      ...(tensorFlowEnding === undefined ? {} : { ending: tensorFlowEnding }),
    }),
  };
}

const keyOf = ({ layer, call }: Inbound) => JSON.stringify([layer, call]);

/** Flatten says where the channels were, not where they are. */
function orderOf({ layers }: Topology): ChannelOrder {
  const first = layers.some(({ className, config }) => className !== 'Flatten' && config.data_format === 'channels_first');
  return first ? 'channels_first' : 'channels_last';
}

function declaredShape(topology: Topology): (number | null)[] {
  const layer = topology.layers.find(({ name }) => name === topology.input);
  if (layer?.className !== 'InputLayer')
    throw new XaigridError('MODEL_UNREADABLE', `The model's input "${topology.input}" is not an InputLayer.`);
  const { config } = layer;
  const given = config.batch_input_shape ?? config.batch_shape;
  return parsed(shapeSchema, given, `input shape of layer "${layer.name}"`).slice(1);
}

/** Imports every call of every layer as soon as its inputs are there; Keras lists layers in no guaranteed order. */
function importLayers(
  topology: Topology,
  input: Feature,
  importOne: (layer: KerasLayer, operands: readonly (Feature | number)[]) => Feature,
): Map<string, Feature> {
  const features = new Map<string, Feature>([[keyOf({ layer: topology.input, call: 0 }), input]]);
  let waiting = topology.layers
    .filter(({ name }) => name !== topology.input)
    .flatMap((layer) => layer.calls.map(({ operands }, call) => ({ layer, operands, call })));
  while (waiting.length > 0) {
    const left = waiting.filter(({ layer, operands, call }) => {
      const found = operands.map((from) => (typeof from === 'number' ? from : features.get(keyOf(from))));
      if (!found.every((feature) => feature !== undefined)) return true;
      features.set(keyOf({ layer: layer.name, call }), importOne(layer, found));
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

function importLayer(layer: KerasLayer, options: Omit<Parameters<typeof createScope>[0], 'layer'>): Feature {
  const importer = importOf(layer);
  if (importer === undefined) {
    const supported = ['InputLayer', ...layerImports.keys()].join(', ');
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `Layer "${layer.name}" is of class ${layer.className}, which is not supported. Supported: ${supported}.`,
    );
  }
  return importer(createScope({ ...options, layer }));
}

/** A shared layer is listed once a call: `dense`, `dense:1`. */
function describe(layer: KerasLayer, features: ReadonlyMap<string, Feature>, own: readonly KerasWeight[]): ModelLayer[] {
  const parameters = own.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return layer.calls.flatMap((_, call) => {
    const feature = features.get(keyOf({ layer: layer.name, call }));
    if (feature === undefined) return [];
    const name = call === 0 ? layer.name : `${layer.name}:${String(call)}`;
    return [{ name, kind: layer.className, value: apart(feature.value), shape: feature.shape, parameters }];
  });
}

function roleOf(layer: KerasLayer, features: ReadonlyMap<string, Feature>) {
  const { name, className, calls } = layer;
  return {
    name,
    kind: isPooling(className)
      ? ('pooling' as const)
      : isConvolution(className)
        ? ('convolution' as const)
        : isPassive(className)
          ? ('nothing' as const)
          : ('other' as const),
    inputs: (calls[0]?.inputs ?? []).map((inbound) => inbound.layer),
    shape: features.get(keyOf({ layer: name, call: 0 }))?.shape ?? [],
  };
}
