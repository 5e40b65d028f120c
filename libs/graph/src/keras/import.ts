import { XaigridError, type ModelFormat } from '@xaigrid/contracts';
import { sizeOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { GraphBuilder } from '../builder.js';
import { asked, chooseOutput, type FileOutput, type OutputOption } from '../choose-output.js';
import { graphCorrections } from '../corrections.js';
import { withoutEinsum } from '../einsum/take-apart.js';
import { chooseEnding, refuseSoftmaxOfOne, withEnding } from '../ending.js';
import { resolveInputShape } from '../input-shape.js';
import { varyingValues } from '../deeplift/prepare.js';
import type { Graph } from '../graph.js';
import type { Model, ModelLayer } from '../model.js';
import { inferShapes } from '../shapes/infer.js';
import { attentionLayer, inModel, tokenStructure } from '../tokens/attention-blocks.js';
import { apart, withNamesApart } from '../names.js';
import { saliencyLayersOf } from '../saliency-layers.js';
import { asKeras2 } from './as-keras2.js';
import { mapCall, type Call, type Inbound } from './arguments.js';
import { refuseCall } from './call-check.js';
import type { End } from './inbound.js';
import {
  channelsLastShape,
  createScope,
  split,
  weightsOfPart,
  type ChannelOrder,
  type Feature,
  type ScopeOptions,
} from './layer-import.js';
import { withMask } from './layers/masking.js';
import { importOf, isConvolution, isPassive, isPooling } from './layers/registry.js';
import { parsed } from './parsed.js';
import { isOperation, leadingTo, parseTopology, wrappedModel } from './topology.js';
import { unsupportedLayer } from './unsupported-layer.js';
import { withShiftedInput } from '../variants/input-shift.js';
import { isRandomised, isShifted, type ModelVariant } from '../variants/model-variant.js';
import { assertLayers, randomValues, type RandomisedLayers } from '../variants/randomised-layers.js';
import { weightStepsOf } from '../variants/weight-steps.js';
import { checkWeights, type KerasFile, type KerasWeight } from './weights.js';
import type { KerasLayer, Topology } from './keras-layer.js';

const INPUT = 'input';
const shapeSchema = z.array(z.int().positive().nullable()).min(2);

export interface ImportOptions {
  readonly name: string;
  /** The input's shape, channels last, without the batch. Needed if the file leaves the size open. */
  readonly inputShape?: readonly number[];
  readonly output?: OutputOption;
  /** Whether a sample may have several classes. Overrules what the file looks like. */
  readonly multiLabel?: boolean;
  readonly variant?: ModelVariant;
}

/**
 * Turns a Keras model into a forward graph.
 * @throws MODEL_UNSUPPORTED naming a layer without an import; MODEL_UNREADABLE; MODEL_NOT_FINITE
 */
export function importKeras(
  file: KerasFile,
  format: Exclude<ModelFormat, 'onnx'>,
  { name, inputShape, output: option, multiLabel, variant }: ImportOptions,
): Model {
  const whole = parseTopology(file.topology);
  const randomised = isRandomised(variant) ? variant : undefined;
  const inputShift = isShifted(variant) ? variant.inputShift : undefined;
  const weights = new Map(whole.layers.map((layer) => [layer.name, withRandom(weightsIn(file, layer), layer.name, randomised)]));
  const weightsOf = (layer: KerasLayer) => weights.get(layer.name) ?? [];
  for (const own of weights.values()) checkWeights(own);
  assertLayers(randomised?.layers ?? [], whole.layers);
  const order = orderOf(whole);
  const shape = resolveInputShape(channelsLastShape(declaredShape(whole), order), inputShape);
  const { positions, channels } = split(shape);
  const builder = new GraphBuilder(name);
  builder.input(INPUT, 'float', [null, channels, ...positions]);

  const { kerasVersion, definitions } = file;
  const corrections: { readonly layer: KerasLayer; readonly what: string }[] = [];
  const importOne = (layer: KerasLayer, call: Call<Feature>) => {
    // Earlier versions gave it the weights of the other layer, or of both.
    if (isNameWithinNames(layer, whole)) corrections.push({ layer, what: 'names within names' });
    return importLayer({
      ...{ builder, layer, call, order, weights: weightsOf(layer), kerasVersion, definitions, importLayer, importModel },
      corrected: (what) => void corrections.push({ layer, what }),
    });
  };
  const features = importLayers(whole, { input: { value: INPUT, shape }, needed: neededFor(whole, option), importOne });
  const outputs = whole.outputs.map((end) => fileOutput(end, features));
  const chosen = chooseOutput(outputs, option, 'Keras');
  const end = whole.outputs.find((candidate) => candidate.name === chosen.name);
  if (end === undefined) throw new TypeError('Outputs are made of ends.');
  const topology = leadingTo(whole, end);
  const from = features.get(keyOf(end.from))?.value ?? '';
  const ending = { nodes: builder.nodes, value: from, classes: chosen.classes };
  refuseSoftmaxOfOne(ending, (value) => builder.info(value).shape);
  const choice = chooseEnding(ending, { values: chosen.values, multiLabel });
  builder.output(from);
  const graph = withEnding(withoutEinsum(builder.build()), choice.ending);
  // In the order of their import, which is topological.
  const places = new Map([...features.keys()].map((key, index) => [key, index]));
  const rank = (layer: KerasLayer) => places.get(keyOf({ layer: layer.name, call: 0 })) ?? -1;
  const layers = topology.layers.filter((layer) => layer.name !== topology.input).sort((a, b) => rank(a) - rank(b));
  const finished = withNamesApart(graph);
  const { described, ...attention } = withAttention(
    finished,
    layers.flatMap((layer) => describe(layer, features, weightsOf(layer))),
  );
  return {
    format,
    graph: inputShift === undefined ? finished : withShiftedInput(finished, inputShift),
    input: { name: apart(INPUT), shape },
    output: {
      ...{ name: apart(graph.outputs[0]?.name ?? ''), classes: Math.max(2, chosen.classes), ...choice },
      file: { name: chosen.name, byName: chosen.byName, outputs },
    },
    layers: described,
    ...attention,
    weightSteps: weightStepsOf(described),
    saliencyLayers: saliencyLayersOf(
      shape,
      layers.map((layer) => roleOf(layer, features)),
    ),
    corrections: [...correctionsOf(topology, corrections), ...graphCorrections(graph)].sort(),
    keras: asKeras2(topology, weightsOf, {
      ...{ kerasVersion, definitions, inputShift },
      output: end.from,
      ending: choice.ending,
    }),
  };
}

const keyOf = ({ layer, call, output = 0 }: Inbound) => JSON.stringify([layer, call, output]);

/** The corrections of the layers before the output, without repeats. */
function correctionsOf(
  { layers }: Topology,
  corrections: readonly { readonly layer: KerasLayer; readonly what: string }[],
): string[] {
  const used = corrections.filter(({ layer }) => layers.includes(layer));
  return [...new Set(used.map(({ what }) => what))].sort();
}

/**
 * Whether the name of another layer ends with a slash and this name, for a layer of a nested model: `Conv_1` and `block/Conv_1`.
 */
function isNameWithinNames({ path }: KerasLayer, { layers }: Topology): boolean {
  const ending = `/${path.at(-1)?.name ?? ''}`;
  return path.length > 1 && layers.some((other) => other.path.at(-1)?.name.endsWith(ending));
}

/** The layers that must be supported: those before the named output, or all. */
function neededFor(topology: Topology, option: OutputOption | undefined): ReadonlySet<KerasLayer> {
  const { name } = asked(
    topology.outputs.map((end) => end.name),
    option,
  );
  const end = topology.outputs.find((candidate) => candidate.name === name);
  return new Set((end === undefined ? topology : leadingTo(topology, end)).layers);
}

/** @throws MODEL_UNREADABLE for an output of a layer that the model does not have. */
function fileOutput({ name, from }: End, features: ReadonlyMap<string, Feature | undefined>): FileOutput {
  const key = keyOf(from);
  refuseOutput([from], features);
  if (!features.has(key))
    throw new XaigridError('MODEL_UNREADABLE', `The model's output layer "${from.layer}" is not among its layers.`);
  const shape = features.get(key)?.shape;
  return {
    name,
    shape: shape === undefined ? undefined : [null, ...shape],
    classes: shape?.length === 1 ? shape[0] : undefined,
  };
}

/** The model's channel order. Flatten says where the channels were, not where they are, so it does not count. */
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

/**
 * Imports every call of every layer once its inputs are there; Keras lists layers in no guaranteed order. A layer that is not
 * needed may be unsupported: then it has no feature, and nor have values computed from it.
 */
function importLayers(
  topology: Topology,
  {
    input,
    needed,
    importOne,
  }: {
    readonly input: Feature;
    readonly needed: ReadonlySet<KerasLayer>;
    readonly importOne: (layer: KerasLayer, call: Call<Feature>) => Feature;
  },
): Map<string, Feature | undefined> {
  const features = new Map<string, Feature | undefined>([[keyOf({ layer: topology.input, call: 0 }), input]]);
  const attempt = (layer: KerasLayer, call: Call): Feature | undefined => {
    const given = (from: Inbound) => features.get(keyOf(from));
    if (call.inputs.some((from) => given(from) === undefined)) return undefined;
    try {
      return importOne(
        layer,
        mapCall(call, (from) => given(from) ?? input),
      );
    } catch (error) {
      if (needed.has(layer) || !(error instanceof XaigridError)) throw error;
      return undefined;
    }
  };
  let waiting = topology.layers
    .filter(({ name }) => name !== topology.input)
    .flatMap((layer) => layer.calls.map((call, index) => ({ layer, call, index })));
  while (waiting.length > 0) {
    const left = waiting.filter(({ layer, call, index }) => {
      if (!call.inputs.every((from) => features.has(keyOf(from)))) return true;
      const own = { layer: layer.name, call: index };
      const found = attempt(layer, call);
      [found, ...(found?.others ?? [])].forEach((feature, output) => features.set(keyOf({ ...own, output }), feature));
      return false;
    });
    if (left.length === waiting.length) {
      const [stuck] = left;
      refuseOutput(
        left.flatMap(({ call }) => call.inputs),
        features,
      );
      throw new XaigridError(
        'MODEL_UNREADABLE',
        `Layer "${stuck?.layer.name ?? ''}" depends on a layer that the model does not have, or on itself.`,
      );
    }
    waiting = left;
  }
  return features;
}

/** The weights of a layer. Weights of a model that it wraps include the layer names of that model: `layer/dense/kernel`. */
function weightsIn(file: KerasFile, layer: KerasLayer): readonly KerasWeight[] {
  const model = wrappedModel(layer);
  if (model === undefined) return file.weightsOf(layer);
  return model.layers.flatMap((own) => {
    const path = [...layer.path, { name: model.name, stored: 'layer' }, ...own.path];
    return file.weightsOf({ ...own, path }).map((weight) => ({ ...weight, role: `layer/${own.name}/${weight.role}` }));
  });
}

/** The weights, with random values if the layer is among those to randomise. */
function withRandom(
  weights: readonly KerasWeight[],
  layer: string,
  randomised: RandomisedLayers | undefined,
): readonly KerasWeight[] {
  if (randomised?.layers.includes(layer) !== true) return weights;
  return weights.map((weight) => ({ ...weight, data: randomValues(weight.data, `${layer}/${weight.role}`, randomised) }));
}

/** Imports the model that a layer wraps, on the layer's input. Its layers do not count as layers of the whole model. */
function importModel(options: ScopeOptions, model: Topology, input: Feature): Feature {
  const { layer: wrapper, weights } = options;
  const features = importLayers(model, {
    input,
    needed: new Set(model.layers),
    importOne: (layer, call) => {
      const named = { ...layer, name: `${wrapper.name}/${layer.name}` };
      return importLayer({ ...options, layer: named, call, weights: weightsOfPart(weights, layer.name) });
    },
  });
  const [end, ...others] = model.outputs;
  const output = end === undefined ? undefined : features.get(keyOf(end.from));
  if (output !== undefined && others.length === 0) return output;
  throw new XaigridError(
    'MODEL_UNSUPPORTED',
    `Layer "${wrapper.name}" (${wrapper.className}) wraps a model of ${String(model.outputs.length)} outputs; one is supported.`,
  );
}

/** @throws MODEL_UNSUPPORTED for an output that is not imported: only the first of several outputs is read. */
function refuseOutput(uses: readonly Inbound[], features: ReadonlyMap<string, Feature | undefined>): void {
  const use = uses.find((from) => !features.has(keyOf(from)) && features.get(keyOf({ layer: from.layer, call: from.call })));
  if (use === undefined) return;
  throw new XaigridError(
    'MODEL_UNSUPPORTED',
    `Output ${String(use.output)} of layer "${use.layer}" is used; of its class the first output is supported.`,
  );
}

function importLayer(options: ScopeOptions): Feature {
  const { layer, kerasVersion } = options;
  const importer = importOf(layer, kerasVersion);
  if (importer === undefined) throw unsupportedLayer(layer, kerasVersion);
  const scope = createScope(options);
  if (!isOperation(layer, kerasVersion)) refuseCall(scope, layer.className);
  // If the file leaves the module out, numbers that an operation was called with were dropped.
  else if (layer.module === undefined) scope.corrected('operations of Keras 3 in HDF5');
  return isOperation(layer, kerasVersion) ? importer(scope) : withMask(scope, layer.className, importer(scope));
}

/** One layer in the model's list. A shared layer is listed once per call: `dense`, `dense:1`. */
function describe(
  layer: KerasLayer,
  features: ReadonlyMap<string, Feature | undefined>,
  own: readonly KerasWeight[],
): ModelLayer[] {
  const parameters = own.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const weights = own.map(({ role, shape }) => ({ name: `${layer.name}/${role}`, shape }));
  return layer.calls.flatMap((_, call) => {
    const feature = features.get(keyOf({ layer: layer.name, call }));
    if (feature === undefined) return [];
    const name = call === 0 ? layer.name : `${layer.name}:${String(call)}`;
    return [{ name, kind: layer.className, value: apart(feature.value), shape: feature.shape, parameters, weights }];
  });
}

/** The layers, with where their tokens lie, and after a layer of attention its probabilities, which are no layer of the file. */
function withAttention(
  graph: Graph,
  layers: readonly ModelLayer[],
): Pick<Model, 'attention' | 'readTokens'> & { readonly described: readonly ModelLayer[] } {
  if (!graph.nodes.some(({ op }) => op === 'Softmax')) return { described: layers, attention: [] };
  const infos = inferShapes(graph);
  // Keras keeps the axis of the samples.
  const structure = tokenStructure({ graph, infos, varying: varyingValues(graph), isOfSamples: () => true });
  const order = new Map(graph.nodes.flatMap(({ outputs }, at) => outputs.map((output) => [output, at] as const)));
  // A Softmax that is a layer of the file has its axes in Keras' order, and they are not told apart there.
  const blocks = structure.blocks.map((block) =>
    layers.some(({ value }) => value === block.probabilities) ? { ...block, ofSamples: false } : block,
  );
  const inner = blocks.flatMap((block) => {
    const name = graph.nodes[order.get(block.probabilities) ?? -1]?.name;
    return name === undefined || !block.ofSamples ? [] : [attentionLayer(block, { name })];
  });
  const own = layers.map((layer): ModelLayer => {
    const tokens = structure.layouts.get(layer.value)?.tokens;
    return tokens === undefined ? layer : { ...layer, tokens };
  });
  const placeOf = ({ value }: ModelLayer) => order.get(value) ?? -1;
  const around = new Map(inner.map((one) => [one, own.find((layer) => placeOf(layer) > placeOf(one))]));
  const described = own.flatMap((layer) => [layer, ...inner.filter((one) => around.get(one) === layer)]);
  return { described, ...inModel({ ...structure, blocks }, described) };
}

function roleOf(layer: KerasLayer, features: ReadonlyMap<string, Feature | undefined>) {
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
