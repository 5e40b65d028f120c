import { ints } from '../attributes.js';
import type { Graph, GraphNode } from '../graph.js';
import { recurrentOps } from '../recurrent-ops.js';
import { featureAxis, followed } from './followed-axes.js';

export interface ChannelsFirstLayers {
  readonly graph: Graph;
  /** For values that are channels last in the file: the value that carries them channels first. */
  readonly carriers: ReadonlyMap<string, string>;
}

/**
 * Makes layers channels first, as they are in our graphs. If a file with a channels-last input has them last, the value is
 * transposed and transposed back before it is used. So the layer's gradient fits the layer as it is shown. ONNX Runtime removes
 * pairs that nothing else reads.
 * @param asInFile the value that carries the input as the file has it; undefined if the file's input is channels first
 */
export function channelsFirstLayers(graph: Graph, asInFile: string | undefined): ChannelsFirstLayers {
  if (asInFile === undefined) return { graph, carriers: new Map() };
  const axes = followedAll(graph, asInFile);
  const carriers = new Map<string, string>();
  const turnedBack = new Map<string, string>();
  const nodes = graph.nodes.flatMap((node): GraphNode[] => {
    const own = { ...node, inputs: node.inputs.map((name) => turnedBack.get(name) ?? name) };
    const [output = ''] = node.outputs;
    const found = axes.get(output);
    if (found === undefined || !hasChannelsLast(found) || output === asInFile) return [own];
    const [first, back] = [`${output}, channels first`, `${output}, channels last`];
    carriers.set(output, first);
    turnedBack.set(output, back);
    const positions = Array.from({ length: found.length - 2 }, (_, at) => at + 1);
    return [
      own,
      transpose(output, first, [0, found.length - 1, ...positions]),
      transpose(first, back, [0, ...positions.map((axis) => axis + 1), 1]),
    ];
  });
  return { graph: { ...graph, nodes }, carriers };
}

/** The numbers of the axes of batch and channels while axes are followed. */
const [BATCH, CHANNELS] = [0, 1];

/** Whether a value has its channels last. The steps of a sequence may come before the batch: such a value is not a layer. */
const hasChannelsLast = (axes: readonly number[]) => axes.length > 2 && axes[0] === BATCH && axes.at(-1) === CHANNELS;

/** For each value whose axes are known: which of batch, channels and positions each axis is. */
function followedAll(graph: Graph, asInFile: string): ReadonlyMap<string, readonly number[]> {
  const rank = graph.inputs[0]?.shape.length ?? 0;
  const axes = new Map<string, readonly number[]>([
    [asInFile, [0, ...Array.from({ length: rank - 2 }, (_, at) => at + 2), CHANNELS]],
  ]);
  for (const node of graph.nodes) {
    const own = axes.get(node.inputs[0] ?? '') ?? axes.get(node.inputs[1] ?? '');
    const [output] = node.outputs;
    if (own === undefined || output === undefined || axes.has(output)) continue;
    const taken = featureAxis(node, graph, own.length);
    // A layer makes new channels where it takes channels. A recurrent layer outputs axes of its own.
    const after =
      taken === undefined ? followed(node, graph, own) : own[taken] === CHANNELS && !recurrentOps.has(node.op) ? own : undefined;
    if (after !== undefined) axes.set(output, after);
  }
  return axes;
}

function transpose(from: string, to: string, perm: readonly number[]): GraphNode {
  return { name: to, op: 'Transpose', inputs: [from], outputs: [to], attributes: { perm: ints(perm) } };
}
