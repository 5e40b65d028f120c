import { XaigridError } from '@xaigrid/contracts';
import { sizeOf } from '@xaigrid/tensor';
import { GraphBuilder } from '../builder.js';
import { isFinite32 } from '../constants.js';
import { addEnding, chooseEnding, type OutputOption } from '../ending.js';
import { foldConstants } from '../folding/fold-constants.js';
import { withFreeBatch } from '../folding/free-batch.js';
import type { Graph, GraphNode, Shape, ValueInfo } from '../graph.js';
import { resolveInputShape } from '../input-shape.js';
import type { NamedFile } from '../keras/tfjs.js';
import type { Model, ModelLayer } from '../model.js';
import { nameInFile } from '../names.js';
import { saliencyLayersOf } from '../saliency-layers.js';
import { inferShapes } from '../shapes/infer.js';
import type { TypeAndShape } from '../shapes/shape-rule.js';
import { layerNames, type LayerNames } from './layer-names.js';
import { readOnnxFile } from './read.js';
import { layerRoles } from './roles.js';

export interface ImportOptions {
  /** The model, and the files its weights may be in. */
  readonly files: readonly NamedFile[];
  readonly name: string;
  /** Channels last, without the batch; where the file leaves the size open. */
  readonly inputShape?: readonly number[];
  readonly output?: OutputOption;
}

type Infos = ReadonlyMap<string, TypeAndShape>;

/**
 * Reads an ONNX model with one input `[n, channels, ...positions]` (or `[n, features]`) and one output `[n, classes]`. Its
 * layers are its nodes, by node name, or by output where the node has none.
 */
export function importOnnx({ files: [file, ...others], name, inputShape, output: option }: ImportOptions): Model {
  if (file === undefined) throw new TypeError('A model has a file.');
  const read = readOnnxFile(file.bytes, (location) => others.find((other) => sameFile(other.name, location))?.bytes);
  const fixed = withInputShape({ ...read.graph, name }, inputShape);
  checkFinite(fixed);
  // The batch is ours to choose, whatever size the model was exported with.
  const batched = foldConstants(withFreeBatch(fixed));
  const infos = inferOrRefuse(batched);
  const [input] = batched.inputs;
  const output = classesOf(batched, infos);
  const names = layerNames(batched);
  const shapeOf = (value: string) => channelsLast(infos.get(value)?.shape ?? []);
  const inputExtents = channelsLast(input?.shape ?? []);
  return {
    format: 'onnx',
    producer: [read.producer, `operator set ${String(read.opset)}`].filter((part) => part !== '').join(', '),
    ...withProbabilities(batched, output, option),
    input: { name: input?.name ?? '', shape: inputExtents },
    layers: batched.nodes.flatMap((node) => describe(node, names, batched, infos)),
    saliencyLayers: saliencyLayersOf(inputExtents, layerRoles(batched, shapeOf, names)),
    corrections: [],
  };
}

const sameFile = (name: string, location: string) => name === location || name === location.replace(/^\.\//, '');

function withInputShape(graph: Graph, inputShape: readonly number[] | undefined): Graph {
  const [input, ...others] = graph.inputs;
  if (input === undefined || others.length > 0) {
    throw new XaigridError('MODEL_UNSUPPORTED', `The ONNX model has ${graph.inputs.length} inputs; one is supported.`);
  }
  const [batch = null, channels, ...positions] = input.shape;
  if (input.type !== 'float' || channels === undefined) {
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `The ONNX model's input "${nameInFile(input.name)}" must be float32 of a fixed size: [n, channels, ...positions].`,
    );
  }
  const shape = resolveInputShape([...positions, channels], inputShape);
  return { ...graph, inputs: [{ ...input, shape: [batch, shape.at(-1) ?? 1, ...shape.slice(0, -1)] }] };
}

/** The output that is `[n, classes]`; it may have positions of extent 1, and others beside it that are something else. */
function classesOf(graph: Graph, infos: Infos): ValueInfo & { readonly classes: number } {
  const found = graph.outputs.flatMap((output) => {
    const [, classes, ...rest] = infos.get(output.name)?.shape ?? [];
    return typeof classes === 'number' && rest.every((extent) => extent === 1) ? [{ ...output, classes }] : [];
  });
  const [output, ...others] = found;
  if (output !== undefined && others.length === 0) return output;
  const listed = graph.outputs.map(
    ({ name }) => `"${nameInFile(name)}" [${(infos.get(name)?.shape ?? []).map((extent) => extent ?? 'n').join(', ')}]`,
  );
  throw new XaigridError('MODEL_UNSUPPORTED', `The ONNX model must have one output [n, classes]; it has ${listed.join(', ')}.`);
}

/** The graph with the one output, made to hold probabilities. */
function withProbabilities(
  graph: Graph,
  { name, classes }: { readonly name: string; readonly classes: number },
  option: OutputOption | undefined,
): Pick<Model, 'graph' | 'output'> {
  const ending = chooseEnding({ nodes: graph.nodes, value: name, classes }, option);
  const builder = GraphBuilder.from({ ...graph, outputs: [] });
  const flat = builder.info(name).shape.length > 2 ? builder.named(`${name}/classes`, 'Flatten', [name]) : name;
  const value = builder.output(addEnding(builder, flat, ending));
  const built = builder.build();
  return {
    graph: { ...built, outputs: [{ name: value, type: 'float', shape: [null, classes] }] },
    output: { name: value, classes, ending },
  };
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

function describe(node: GraphNode, names: LayerNames, graph: Graph, infos: Infos): ModelLayer[] {
  const value = node.outputs[0] ?? '';
  const info = infos.get(value);
  // What has no batch, or no numbers, is no layer: shapes, indices, masks.
  if (info?.type !== 'float' || info.shape.length < 2 || info.shape[0] !== null || info.shape.slice(1).includes(null)) return [];
  const weights = node.inputs
    .map((input) => graph.constants.get(input))
    .filter((constant) => constant?.type === 'float' && constant.shape.length > 0);
  const parameters = weights.reduce((sum, constant) => sum + sizeOf(constant?.shape ?? []), 0);
  const aliases = names.aliasesOf(node);
  return [
    {
      name: names.nameOf(node),
      ...(aliases.length === 0 ? {} : { aliases }),
      ...{ kind: node.op, value, shape: channelsLast(info.shape), parameters },
    },
  ];
}

/** Single numbers may be infinite: they are bounds, as Clip has them. */
function checkFinite(graph: Graph): void {
  for (const [name, { data }] of graph.constants) {
    if (isFinite32(data) || (data.length === 1 && !Number.isNaN(data[0]))) continue;
    throw new XaigridError(
      'MODEL_NOT_FINITE',
      `Weight "${nameInFile(name)}" has values that are NaN or infinite; the model cannot be evaluated. Train it again.`,
    );
  }
}
