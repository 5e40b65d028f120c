import { XaigridError, type LayoutOption } from '@xaigrid/contracts';
import { sizeOf } from '@xaigrid/tensor';
import { int } from '../attributes.js';
import { GraphBuilder } from '../builder.js';
import { chooseOutput, type ChosenOutput, type FileOutput, type OutputOption } from '../choose-output.js';
import { mixingNode } from '../mixing/mixing-node.js';
import { withoutEinsum } from '../einsum/take-apart.js';
import { graphCorrections } from '../corrections.js';
import { chooseEnding, refuseSoftmaxOfOne, withEnding } from '../ending.js';
import type { EvaluateConstants } from '../folding/constant-part.js';
import { foldConstants } from '../folding/fold-constants.js';
import { withoutIdentityGathers } from '../folding/identity-gathers.js';
import { withoutZeroStates } from '../folding/zero-states.js';
import { withFreeBatch } from '../folding/free-batch.js';
import { repeatedInput, withOneSample } from '../folding/one-sample.js';
import { gradientSupport } from '../inspect/support.js';
import { varyingValues } from '../deeplift/prepare.js';
import { int64s, isFinite32 } from '../constants.js';
import type { Graph, GraphNode, Shape } from '../graph.js';
import { resolveInputShape } from '../input-shape.js';
import type { NamedFile } from '../keras/tfjs.js';
import { liveNodes } from '../live-nodes.js';
import { recurrentOps } from '../recurrent-ops.js';
import type { InputLayout, Model, ModelLayer } from '../model.js';
import { apart, nameInFile } from '../names.js';
import { saliencyLayersOf } from '../saliency-layers.js';
import { inferShapes, SOME_SAMPLES } from '../shapes/infer.js';
import { withShiftedInput } from '../variants/input-shift.js';
import { isRandomised, isShifted, type ModelVariant } from '../variants/model-variant.js';
import { withRandomConstants } from '../variants/randomised-layers.js';
import { weightStepsOf } from '../variants/weight-steps.js';
import type { TypeAndShape } from '../shapes/shape-rule.js';
import { attentionLayer, inModel, tokenStructure, type TokenStructure } from '../tokens/attention-blocks.js';
import { attentionValues } from './attention-values.js';
import { withoutOperatorsByShape } from './by-shape.js';
import { channelsFirstLayers, type ChannelsFirstLayers } from './channels-first-layers.js';
import { dataTypes } from './data-types.js';
import { inputAsInFile, inputLayoutOf, withChannelsFirstInput } from './input-layout.js';
import { layerNames, type LayerNames } from './layer-names.js';
import type { LabelOutputs } from './ml/class-outputs.js';
import { classNumbers } from './ml/class-numbers.js';
import { withOneInput } from './one-input.js';
import { readOnnxFile } from './read.js';
import { refuseRandom } from './refuse-random.js';
import { layerRoles } from './roles.js';

export interface ImportOptions {
  /** The model's file, and the files that may hold its weights. */
  readonly files: readonly NamedFile[];
  readonly name: string;
  /** The input's shape, channels last, without the batch. Needed if the file leaves the size open. */
  readonly inputShape?: readonly number[];
  readonly output?: OutputOption;
  readonly layout?: LayoutOption;
  /** Whether a sample may have several classes. Overrules what the file looks like. */
  readonly multiLabel?: boolean;
  readonly variant?: ModelVariant;
  readonly evaluate: EvaluateConstants;
}

type Infos = ReadonlyMap<string, TypeAndShape>;

/**
 * Reads an ONNX model with one input `[n, channels, ...positions]` (or `[n, features]`, or one `[n, 1]` per feature) and an
 * output `[n, classes]` (or `[n]`). Its layers are its nodes, named by node, or by output if the node has no name.
 */
export async function importOnnx(options: ImportOptions): Promise<Model> {
  const { name, inputShape, layout, output: option, multiLabel, evaluate } = options;
  const [file, ...others] = options.files;
  if (file === undefined) throw new TypeError('A model has a file.');
  const read = readOnnxFile(file.bytes, (location) => others.find((other) => sameFile(other.name, location))?.bytes);
  const { graph: joined, featureNames, added } = withOneInput({ ...read.graph, name });
  const { graph: fixed, layout: found } = withInputShape(joined, { inputShape, layout });
  checkFinite(fixed);
  refuseRandom(fixed);
  const producer = [read.producer, `operator set ${String(read.opset)}`].filter((part) => part !== '').join(', ');
  const model = await inAnyBatch(await withoutIdentityGathers(fixed, evaluate), (graph) =>
    assemble(graph, {
      ...{ evaluate, option, multiLabel, producer, added },
      input: { ...(featureNames === undefined ? {} : { featureNames }), ...(found === undefined ? {} : { layout: found }) },
      ...(read.labels === undefined ? {} : { labels: read.labels }),
    }),
  );
  const asked = variantOf(model, options.variant);
  return read.halfPrecision ? { ...asked, halfPrecision: true } : asked;
}

function variantOf(model: Model, variant: ModelVariant | undefined): Model {
  if (isRandomised(variant)) return withRandomConstants(model, variant);
  return isShifted(variant) ? { ...model, graph: withShiftedInput(model.graph, variant.inputShift) } : model;
}

type Assemble = (graph: Graph) => Promise<Model>;

/**
 * Makes a model that takes any batch size, whatever size it was exported with. If the file does not allow this, or if gradients
 * are possible only for one sample, it takes one sample at a time.
 */
async function inAnyBatch(graph: Graph, assembled: Assemble): Promise<Model> {
  const free = await modelOrRefusal(assembled(withFreeBatch(graph)));
  if (free instanceof XaigridError) {
    const single = await modelOrRefusal(assembled(withOneSample(graph)));
    if (single instanceof XaigridError) throw free;
    // Earlier versions read such a file as if it took any batch.
    return { ...single, alone: { because: 'fixed-batch' }, corrections: [...single.corrections, 'fixed-batch'] };
  }
  const mixing = mixingNode(free.graph);
  if (mixing !== undefined) {
    const { name, op } = mixing;
    const single = await assembled(withOneSample(graph));
    return { ...single, alone: { because: 'company', node: { name, op } }, corrections: [...single.corrections, 'company'] };
  }
  if (!hasBatchInside(free.graph) || gradientSupport(free.graph).supported) return free;
  const single = await modelOrRefusal(assembled(withOneSample(graph)));
  const helps = !(single instanceof XaigridError) && gradientSupport(single.graph).supported;
  return helps ? { ...single, alone: { because: 'gradients' } } : free;
}

/**
 * Whether a value has the batch elsewhere than in the first axis: only then may gradients need to know the batch. Recurrent
 * layers have it in the middle but need not know it, and their gradients take long to build.
 */
function hasBatchInside(graph: Graph): boolean {
  if (graph.nodes.some(({ op }) => recurrentOps.has(op))) return false;
  return [...inferShapes(graph).values()].some(({ shape }) => shape.lastIndexOf(null) > 0);
}

async function modelOrRefusal(assembled: Promise<Model>): Promise<Model | XaigridError> {
  try {
    return await assembled;
  } catch (error) {
    if (error instanceof XaigridError) return error;
    throw error;
  }
}

interface Assembling {
  readonly evaluate: EvaluateConstants;
  readonly option: OutputOption | undefined;
  readonly multiLabel: boolean | undefined;
  readonly producer: string;
  /** Nodes that were added before the file's own. */
  readonly added: readonly string[];
  readonly input: Pick<Model['input'], 'featureNames' | 'layout'>;
  readonly labels?: LabelOutputs;
}

/** @throws MODEL_UNSUPPORTED if shapes cannot be inferred, for example if a file with a fixed batch does not fit another one */
async function assemble(graph: Graph, assembling: Assembling): Promise<Model> {
  const { evaluate, option, multiLabel, producer, added, labels } = assembling;
  const folded = withoutZeroStates(await foldConstants(graph, evaluate));
  const infos = inferOrRefuse(folded);
  const outputs = fileOutputs(folded, infos, labels);
  const output = chooseOutput(outputs, option, 'ONNX');
  const inFile = withoutEinsum(withoutOperatorsByShape(onlyOutput(folded, apart(output.name))));
  const asInFile = inputAsInFile(inFile);
  const { graph: turned, carriers } = channelsFirstLayers(inFile, asInFile);
  const [input] = turned.inputs;
  const names = layerNames(inFile);
  const shapeOf = (value: string) => {
    const shape = infos.get(value)?.shape ?? [];
    return carriers.has(value) ? shape.slice(1).map((extent) => extent ?? 1) : channelsLast(shape);
  };
  // Nodes that were added before the file's own are none of its layers, and neither is what a ZipMap becomes.
  const ours = [asInFile, repeatedInput(inFile), ...added, ...(labels?.zipMaps ?? [])];
  const own = { ...inFile, nodes: inFile.nodes.filter(({ name: node }) => !ours.includes(node)) };
  const inputExtents = channelsLast(input?.shape ?? []);
  const said = labels === undefined ? { multiLabel } : await classNumbers(inFile, { output, multiLabel, labels, evaluate });
  const complete = withProbabilities(turned, { output: { ...output, ...said }, multiLabel: said.multiLabel, outputs });
  const varying = varyingValues(turned);
  const attention = attentionValues(turned, { varying, infos });
  const all = inFile === folded && turned === inFile ? infos : inferOrRefuse(turned);
  const isOfSamples = rowsOfSamplesIn(turned, all);
  const tokens = tokenStructure({ graph: turned, infos: all, varying, isOfSamples });
  const layers = { names, graph: turned, infos, carriers, shapeOf, varying, attention, tokens, isOfSamples };
  const described = own.nodes.flatMap((node) => describe(node, layers));
  return {
    ...{ format: 'onnx', producer, ...complete },
    input: { name: input?.name ?? '', shape: inputExtents, ...assembling.input },
    layers: described,
    ...inModel(tokens, described),
    weightSteps: weightStepsOf(described),
    saliencyLayers: saliencyLayersOf(inputExtents, layerRoles(own, shapeOf, names)),
    corrections: [...graphCorrections(complete.graph), ...layerCorrections(described, inputExtents)],
  };
}

const sameFile = (name: string, location: string) => name === location || name === location.replace(/^\.\//, '');

/** The graph with an input of known size, channels first, and the file's layout of channels. */
function withInputShape(
  graph: Graph,
  {
    inputShape,
    layout: option,
  }: { readonly inputShape: readonly number[] | undefined; readonly layout: LayoutOption | undefined },
): { readonly graph: Graph; readonly layout: InputLayout | undefined } {
  const [input] = graph.inputs;
  const [batch = null, second, ...rest] = input?.shape ?? [];
  if (input === undefined || second === undefined) {
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `The ONNX model's input "${nameInFile(input?.name ?? '')}" must be of a fixed size: [n, channels, ...positions], [n, ...positions, channels] or [n, features].`,
    );
  }
  const found = inputLayoutOf(graph, input, option);
  const layout = found?.layout ?? 'channels-first';
  const extents = resolveInputShape(layout === 'channels-last' ? [second, ...rest] : [...rest, second], inputShape);
  const shape = [batch, extents.at(-1) ?? 1, ...extents.slice(0, -1)];
  return { graph: withChannelsFirstInput(graph, { input, layout, shape }), layout: found };
}

/**
 * The outputs of the file. One number per class is `[n, classes]`, perhaps followed by positions of extent 1, or `[n]`. Whole
 * numbers are indices.
 */
function fileOutputs({ outputs }: Graph, infos: Infos, labels: LabelOutputs | undefined): FileOutput[] {
  const read = outputs.map(({ name }) => {
    const { type, shape = [] } = infos.get(name) ?? {};
    const [batch, classes = 1, ...rest] = shape;
    const fits = (type === 'float' || type === 'double') && batch !== undefined && rest.every((extent) => extent === 1);
    return { name: nameInFile(name), shape, classes: fits ? (classes ?? undefined) : undefined };
  });
  return [...read, ...(labels?.names ?? []).map((name) => ({ name, shape: undefined, classes: undefined }))];
}

/** The graph without nodes that only the file's other outputs need: a second head is not a layer of this model. */
function onlyOutput(graph: Graph, name: string): Graph {
  if (graph.outputs.length === 1) return graph;
  return { ...graph, outputs: graph.outputs.filter((output) => output.name === name), nodes: liveNodes(graph.nodes, [name]) };
}

/** The graph with this one output, extended to give the probability of every class. */
function withProbabilities(
  graph: Graph,
  {
    output: { name, values, classes: numbers, byName },
    multiLabel,
    outputs,
  }: {
    readonly output: ChosenOutput;
    readonly multiLabel: boolean | undefined;
    readonly outputs: readonly FileOutput[];
  },
): Pick<Model, 'graph' | 'output'> {
  const given = apart(name);
  const end = { nodes: graph.nodes, value: given, classes: numbers };
  const choice = chooseEnding(end, { values, multiLabel });
  const builder = GraphBuilder.from({ ...graph, outputs: [] });
  refuseSoftmaxOfOne(end, (value) => builder.info(value).shape);
  const { type, shape } = builder.info(given);
  const single = type === 'float' ? given : builder.named(`${given}/float32`, 'Cast', [given], { to: int(dataTypes.float) });
  const flat = shape.length === 2 ? single : builder.named(`${given}/classes`, 'Flatten', [single]);
  builder.output(rowsOfSamples(builder, flat, graph));
  const built = withEnding(builder.build(), choice.ending);
  const value = built.outputs[0]?.name ?? '';
  const classes = Math.max(2, numbers);
  return {
    graph: { ...built, outputs: [{ name: value, type: 'float', shape: [graph.inputs[0]?.shape[0] ?? null, classes] }] },
    output: { name: value, classes, ...choice, file: { name, byName, outputs } },
  };
}

/**
 * The rows of the samples: all rows, or the first one if the file gets its sample repeated.
 * @throws MODEL_UNSUPPORTED for an output whose rows are not the samples
 */
function rowsOfSamples(builder: GraphBuilder, value: string, graph: Graph): string {
  const [rows = null] = builder.info(value).shape;
  const repeated = repeatedInput(graph);
  const [samples = null] = (repeated === undefined ? graph.inputs[0]?.shape : builder.info(repeated).shape) ?? [];
  if (rows !== samples) {
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `The model's output has ${rows === null ? 'not as many rows as there are samples' : `${rows} rows whatever the batch`}. Export it again with a dynamic batch.`,
    );
  }
  if (repeated === undefined) return value;
  return builder.node('Slice', [value, ...[0, 1, 0].map((bound) => builder.constant(int64s([bound]), 'rows'))]);
}

function inferOrRefuse(graph: Graph): Infos {
  try {
    return inferShapes(graph);
  } catch (error) {
    if (error instanceof XaigridError && error.code === 'OPERATION_UNSUPPORTED')
      throw new XaigridError('MODEL_UNSUPPORTED', error.message, { cause: error });
    throw error;
  }
}

/** `[n, channels, ...positions]` → `[...positions, channels]`. */
function channelsLast(shape: Shape): number[] {
  const [, channels, ...positions] = shape;
  return (channels === undefined ? [] : [...positions, channels]).map((extent) => extent ?? 1);
}

interface LayerContext extends ChannelsFirstLayers {
  readonly names: LayerNames;
  readonly infos: Infos;
  /** The shape of a value, channels last, without the batch. */
  readonly shapeOf: (value: string) => number[];
  /** The values that depend on the model's input. */
  readonly varying: ReadonlySet<string>;
  readonly attention: ReadonlySet<string>;
  readonly tokens: TokenStructure;
  readonly isOfSamples: (value: string) => boolean;
}

function describe(node: GraphNode, context: LayerContext): ModelLayer[] {
  const { names, graph, infos, carriers, shapeOf, varying, attention, tokens, isOfSamples } = context;
  const block = tokens.blocks.find(({ probabilities }) => node.outputs.includes(probabilities));
  if (block !== undefined) {
    const [aliases, modules] = [names.aliasesOf(node), names.modulesOf(node)];
    const named = {
      name: names.nameOf(node),
      ...(aliases.length === 0 ? {} : { aliases }),
      ...(modules.length === 0 ? {} : { modules }),
    };
    return block.ofSamples ? [attentionLayer(block, named)] : [];
  }
  // The first output of scikit-learn's trees and support vector machines is a label.
  const output = node.outputs.find((name) => infos.get(name)?.type === 'float') ?? '';
  const info = infos.get(output);
  // A value without a batch or without numbers is not a layer: shapes, indices, masks.
  if (info?.type !== 'float' || !varying.has(output) || info.shape.length < 2 || info.shape.slice(1).includes(null)) return [];
  if (!isOfSamples(output)) return [];
  const weights = node.inputs.flatMap((input) => {
    const constant = graph.constants.get(input);
    return constant?.type === 'float' && constant.shape.length > 0 ? [{ name: input, shape: constant.shape }] : [];
  });
  const parameters = weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const [aliases, modules] = [names.aliasesOf(node), names.modulesOf(node)];
  const value = carriers.get(output) ?? output;
  const layout = tokens.layouts.get(value);
  const inOrder = layout?.featuresLast === true;
  return [
    {
      name: names.nameOf(node),
      ...(aliases.length === 0 ? {} : { aliases }),
      ...(modules.length === 0 ? {} : { modules }),
      ...(attention.has(output) ? { attention: true as const } : {}),
      ...(layout === undefined && tokens.blocks.length > 0 && info.shape.length > 2 ? { unplaced: true as const } : {}),
      ...(layout?.tokens === undefined ? {} : { tokens: layout.tokens }),
      ...(inOrder ? { inOrder: true as const } : {}),
      ...{ kind: node.op, value, shape: inOrder ? extents(info.shape) : shapeOf(output), parameters, weights },
    },
  ];
}

/** The shape without the batch. */
const extents = (shape: Shape) => shape.slice(1).map((extent) => extent ?? 1);

/**
 * Whether a value has one row for each sample. Of a value of any number of rows this shows with a certain number of samples: windows
 * and heads of attention may be in the axis of the batch.
 */
function rowsOfSamplesIn(graph: Graph, infos: Infos): (value: string) => boolean {
  const batch = batchOf(graph, infos);
  const [input] = graph.inputs;
  if (batch !== null || input === undefined || !graph.nodes.some(({ op }) => op === 'Reshape'))
    return (value) => infos.get(value)?.shape[0] === batch;
  const some = inferShapes(graph, { [input.name]: [SOME_SAMPLES, ...input.shape.slice(1)] });
  return (value) => some.get(value)?.shape[0] === SOME_SAMPLES;
}

/**
 * `features-last`: layers with positions whose features come last in a file of channels-first images, as in Swin and ConvNeXt. Earlier
 * versions took one axis of positions for the channels.
 */
function layerCorrections(layers: readonly ModelLayer[], input: readonly number[]): string[] {
  const found = layers.some(({ inOrder, attention, shape }) => inOrder && attention !== true && shape.length === input.length);
  return found ? ['features-last'] : [];
}

/** The number of rows of values with one row per sample. In a file with a larger fixed batch it is that batch. */
function batchOf(graph: Graph, infos: Infos): number | null {
  const [input] = graph.inputs;
  return infos.get(repeatedInput(graph) ?? input?.name ?? '')?.shape[0] ?? null;
}

/** Refuses constants that are not finite. Single numbers may be infinite: they are bounds, as in Clip. */
function checkFinite(graph: Graph): void {
  for (const [name, { data }] of graph.constants) {
    if (isFinite32(data) || (data.length === 1 && !Number.isNaN(data[0]))) continue;
    throw new XaigridError(
      'MODEL_NOT_FINITE',
      `Weight "${nameInFile(name)}" has values that are NaN or infinite; the model cannot be evaluated. Train it again.`,
    );
  }
}
