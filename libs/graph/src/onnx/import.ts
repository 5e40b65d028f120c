import { XaigridError } from '@xaigrid/contracts';
import { sizeOf } from '@xaigrid/tensor';
import { isFinite32 } from '../constants.js';
import { foldConstants } from '../folding/fold-constants.js';
import { withFreeBatch } from '../folding/free-batch.js';
import type { Graph, GraphNode } from '../graph.js';
import type { Model, ModelLayer } from '../model.js';
import { saliencyLayersOf, type LayerRole } from '../saliency-layers.js';
import { inferShapes } from '../shapes/infer.js';
import type { TypeAndShape } from '../shapes/shape-rule.js';
import { readOnnx } from './read.js';

const poolings = ['MaxPool', 'AveragePool', 'GlobalMaxPool', 'GlobalAveragePool'];
const nothings = ['Dropout', 'Identity'];

/**
 * Reads an ONNX model with one input `[n, channels, ...positions]` (or `[n, features]`) and one output `[n, classes]`. Its
 * layers are its nodes, by node name, or by output where the node has none.
 */
export function importOnnx(bytes: Uint8Array, name: string): Model {
  const graph = { ...readOnnx(bytes), name };
  checkFinite(graph);
  const [input, ...moreInputs] = graph.inputs;
  const [output, ...moreOutputs] = graph.outputs;
  if (input === undefined || output === undefined || moreInputs.length + moreOutputs.length > 0) {
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `The ONNX model has ${graph.inputs.length} inputs and ${graph.outputs.length} outputs; one of each is supported.`,
    );
  }
  const [, ...extents] = input.shape;
  const fixed = extents.filter((extent) => extent !== null);
  if (input.type !== 'float' || fixed.length === 0 || fixed.length !== extents.length) {
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `The ONNX model's input "${input.name}" must be float32 of a fixed size: [n, channels, ...positions].`,
    );
  }
  // The batch is ours to choose, whatever size the model was exported with.
  const batched = foldConstants(withFreeBatch(graph));
  const infos = inferOrRefuse(batched);
  const layerName = layerNames(batched);
  const [, classes, ...rest] = infos.get(output.name)?.shape ?? [];
  if (typeof classes !== 'number' || rest.length > 0) {
    throw new XaigridError('MODEL_UNSUPPORTED', `The ONNX model's output "${output.name}" must be [n, classes].`);
  }
  return {
    format: 'onnx',
    graph: { ...batched, outputs: [{ ...output, shape: [null, classes] }] },
    input: { name: input.name, shape: channelsLast([null, ...fixed]) },
    output: { name: output.name, classes },
    layers: batched.nodes.flatMap((node) => describe(node, layerName(node), batched, infos)),
    saliencyLayers: saliencyLayersOf(roles(batched, infos, layerName)),
  };
}

function inferOrRefuse(graph: Graph): ReadonlyMap<string, TypeAndShape> {
  try {
    return inferShapes(graph);
  } catch (error) {
    if (error instanceof XaigridError && error.code === 'OPERATION_UNSUPPORTED')
      throw new XaigridError('MODEL_UNSUPPORTED', error.message, { cause: error });
    throw error;
  }
}

/** `[n, channels, ...positions]` → `[...positions, channels]`. */
function channelsLast(shape: readonly (number | null)[]): number[] {
  const [, channels = 1, ...positions] = shape;
  return [...positions, channels].map((extent) => extent ?? 1);
}

function describe(node: GraphNode, name: string, graph: Graph, infos: ReadonlyMap<string, TypeAndShape>): ModelLayer[] {
  const value = node.outputs[0] ?? '';
  const info = infos.get(value);
  // What has no batch, or no numbers, is no layer: shapes, indices, masks.
  if (info?.type !== 'float' || info.shape.length < 2 || info.shape[0] !== null || info.shape.slice(1).includes(null)) return [];
  const weights = node.inputs.map((input) => graph.constants.get(input)).filter((constant) => constant?.type === 'float');
  const parameters = weights.reduce((sum, constant) => sum + sizeOf(constant?.shape ?? []), 0);
  return [{ name, kind: node.op, value, shape: channelsLast(info.shape), parameters }];
}

/** ONNX lets nodes share a name: all but the first then go by their output's. */
function layerNames(graph: Graph): (node: GraphNode) => string {
  const names = new Map<GraphNode, string>();
  const taken = new Set<string>();
  for (const node of graph.nodes) {
    const name = taken.has(node.name) ? (node.outputs[0] ?? node.name) : node.name;
    taken.add(name);
    names.set(node, name);
  }
  return (node) => names.get(node) ?? node.name;
}

/** Single numbers may be infinite: they are bounds, as Clip has them. */
function checkFinite(graph: Graph): void {
  for (const [name, { data }] of graph.constants) {
    if (isFinite32(data) || (data.length === 1 && !Number.isNaN(data[0]))) continue;
    throw new XaigridError(
      'MODEL_NOT_FINITE',
      `Weight "${name}" has values that are NaN or infinite; the model cannot be evaluated. Train it again.`,
    );
  }
}

function roles(graph: Graph, infos: ReadonlyMap<string, TypeAndShape>, layerName: (node: GraphNode) => string): LayerRole[] {
  const producer = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, layerName(node)] as const)));
  return graph.nodes.map((node) => ({
    name: layerName(node),
    kind: poolings.includes(node.op)
      ? 'pooling'
      : node.op === 'Conv'
        ? 'convolution'
        : nothings.includes(node.op)
          ? 'nothing'
          : 'other',
    inputs: node.inputs.flatMap((input) => producer.get(input) ?? []),
    rank: (infos.get(node.outputs[0] ?? '')?.shape.length ?? 1) - 1,
  }));
}
