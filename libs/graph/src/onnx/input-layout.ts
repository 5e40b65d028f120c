import type { Layout, LayoutOption } from '@xaigrid/contracts';
import { ints } from '../attributes.js';
import type { Graph, GraphNode, ValueInfo } from '../graph.js';
import type { InputLayout } from '../model.js';
import { featureAxis, followed } from './followed-axes.js';

/**
 * Where the input of an ONNX file has its channels. The spec's option decides; otherwise the first operator that distinguishes
 * channels from positions (a convolution has channels on axis 1, a recurrent layer on its last axis); otherwise the extents: an
 * axis of 1, 3 or 4 counts as channels.
 * @returns undefined for an input without positions, `[n, features]`
 */
export function inputLayoutOf(graph: Graph, input: ValueInfo, option: LayoutOption | undefined): InputLayout | undefined {
  const last = input.shape.length - 1;
  if (last < 2) return undefined;
  const looks = byExtents(input);
  const use = firstUse(graph, input);
  const layout: Layout | undefined = use?.axis === 1 ? 'channels-first' : use?.axis === last ? 'channels-last' : undefined;
  // A product with weights runs over the last axis, whatever that axis means.
  const told = use !== undefined && layout !== undefined && use.node.op !== 'MatMul';
  const byLayer = told ? { byLayer: { layout, layer: `${use.node.op} (node "${use.node.name}")` } } : {};
  if (option !== undefined && option !== 'auto') {
    // The spec's option holds. But if a layer contradicts it, the user is told.
    if (!told || layout === option) return { layout: option, because: 'layout says so', certain: true, said: true, ...byLayer };
    const where = layout === 'channels-first' ? 'first' : 'last';
    const because = `layout says so, although ${use.node.op} (node "${use.node.name}") takes them ${where}`;
    return { layout: option, because, certain: false, said: true, ...byLayer };
  }
  if (use === undefined) return looks;
  if (layout === undefined) return looks;
  const because = `${use.node.op} (node "${use.node.name}") takes them there`;
  if (use.node.op === 'MatMul' && looks.layout !== layout && looks.told) return looks;
  return { layout, because, certain: told, ...byLayer };
}

interface Looks extends InputLayout {
  /** Whether the extents decide. */
  readonly told: boolean;
}

function byExtents({ shape }: ValueInfo): Looks {
  const few = (extent: number | null | undefined): boolean => extent === 1 || extent === 3 || extent === 4;
  const [first, last] = [shape[1], shape.at(-1)];
  const shown = shape.map((extent) => extent ?? 'n').join(', ');
  if (few(last) && !few(first))
    return { layout: 'channels-last', because: `the input [${shown}] looks like it`, certain: false, told: true };
  if (few(first) && !few(last))
    return { layout: 'channels-first', because: `the input [${shown}] looks like it`, certain: false, told: true };
  return {
    layout: 'channels-first',
    because: `nothing in the file says where they are in [${shown}], and PyTorch has them there`,
    ...{ certain: false, told: false },
  };
}

/** The first node that distinguishes channels from positions, and the axis of the input that it takes for channels. */
function firstUse(graph: Graph, input: ValueInfo): { readonly node: GraphNode; readonly axis: number } | undefined {
  const axes = new Map<string, readonly number[]>([[input.name, [...input.shape.keys()]]]);
  for (const node of graph.nodes) {
    const own = axes.get(node.inputs[0] ?? '') ?? axes.get(node.inputs[1] ?? '');
    if (own === undefined) continue;
    const taken = axes.has(node.inputs[0] ?? '') ? featureAxis(node, graph, own.length) : undefined;
    if (taken !== undefined) return { node, axis: own[taken] ?? -1 };
    const after = followed(node, graph, own);
    const [output] = node.outputs;
    if (after !== undefined && output !== undefined) axes.set(output, after);
  }
  return undefined;
}

/** The value that carries the input as in the file. */
const AS_IN_FILE = 'input, channels last';

/**
 * The graph with a channels-first input of the given shape. An input that is channels last in the file is transposed first.
 * @param shape `[batch, channels, ...positions]`
 */
export function withChannelsFirstInput(
  graph: Graph,
  { input, layout, shape }: { readonly input: ValueInfo; readonly layout: Layout; readonly shape: ValueInfo['shape'] },
): Graph {
  const inputs = [{ ...input, shape }];
  if (layout === 'channels-first' || shape.length < 3) return { ...graph, inputs };
  const transpose: GraphNode = {
    name: AS_IN_FILE,
    op: 'Transpose',
    inputs: [input.name],
    outputs: [AS_IN_FILE],
    attributes: { perm: ints([0, ...positionAxes(shape.length), 1]) },
  };
  const nodes = graph.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map((name) => (name === input.name ? AS_IN_FILE : name)),
  }));
  return { ...graph, inputs, nodes: [transpose, ...nodes] };
}

/** The position axes of `[n, channels, ...positions]`: 2, 3, … */
function positionAxes(rank: number): number[] {
  return Array.from({ length: rank - 2 }, (_, at) => at + 2);
}

/** The value that carries a transposed input. Undefined if the input is not transposed. */
export function inputAsInFile(graph: Graph): string | undefined {
  return graph.nodes.some(({ name, outputs }) => name === AS_IN_FILE && outputs[0] === AS_IN_FILE) ? AS_IN_FILE : undefined;
}
