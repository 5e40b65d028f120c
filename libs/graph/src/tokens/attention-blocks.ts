import { numberOf } from '../attributes.js';
import type { GraphNode } from '../graph.js';
import { liveNodes } from '../live-nodes.js';
import type { Model, ModelAttention, ModelLayer } from '../model.js';
import { positionLayoutOf, type PositionLayout } from './axes.js';
import { followedAxes, type Context, type Followed } from './meanings.js';
import { trunkOf } from './trunk.js';

/** The attention of one block, by the names of graph values. */
export interface AttentionBlock {
  /** The probabilities, `[n, heads, queries, keys]`: the output of a Softmax. */
  readonly probabilities: string;
  /** The shape of the probabilities without the batch. */
  readonly shape: readonly number[];
  /** Whether their first axis is that of the samples alone. It is not if windows or heads are in it. */
  readonly ofSamples: boolean;
  /** What queries and keys are computed from, a value with positions: in most models the output of a layer normalisation. */
  readonly reads?: string;
  /** The sum at the end of the block, with the axes of what the block began with. */
  readonly sum?: string;
}

/** What a graph has of attention between tokens, from the input to the output. */
export interface TokenStructure {
  /** Where the positions are, for each value that has them. */
  readonly layouts: ReadonlyMap<string, PositionLayout>;
  readonly blocks: readonly AttentionBlock[];
  /** The tokens that the head reads, counted as in the last block. Undefined if it cannot be told. */
  readonly read?: readonly number[];
}

interface TokenContext extends Context {
  /** Whether a value has one row for each sample. */
  readonly isOfSamples: (value: string) => boolean;
}

/** Finds the positions, the tokens and the attention of a graph with one input and one output. */
export function tokenStructure(context: TokenContext): TokenStructure {
  const { graph, infos, varying, isOfSamples } = context;
  const positions = (graph.inputs[0]?.shape.length ?? 0) - 2;
  const followed = followedAxes(context);
  const layouts = new Map<string, PositionLayout>();
  for (const [value, meaning] of followed.meanings) {
    const layout = positionLayoutOf(meaning, positions);
    if (layout !== undefined && isOfSamples(value)) layouts.set(value, layout);
  }
  const nodes = liveNodes(
    graph.nodes,
    graph.outputs.map(({ name }) => name),
  );
  const order = new Map(nodes.flatMap(({ outputs }, at) => outputs.map((output) => [output, at] as const)));
  const trunk = trunkOf(
    nodes,
    graph.inputs.map(({ name }) => name),
  );
  const sums = trunk.filter((value) => isSum(nodes[order.get(value) ?? -1], varying));
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const softmaxes = nodes.filter((node) => isAttention(node, producers, context));
  const placeOf = (value: string | undefined) => order.get(value ?? '') ?? Infinity;
  const blocks = softmaxes.map(({ outputs: [probabilities = ''] }, index): AttentionBlock => {
    const start = trunk.findLast((value) => placeOf(value) < placeOf(probabilities) && layouts.has(value));
    const next = placeOf(softmaxes[index + 1]?.outputs[0]);
    const like = (value: string) => JSON.stringify(layouts.get(value)) === JSON.stringify(layouts.get(start ?? ''));
    const sum = sums.findLast(
      (value) => placeOf(value) > placeOf(probabilities) && placeOf(value) < next && layouts.has(value) && like(value),
    );
    const reads = start === undefined ? undefined : readValue(nodes, { start, probabilities, layouts, varying });
    const shape =
      infos
        .get(probabilities)
        ?.shape.slice(1)
        .map((extent) => extent ?? 1) ?? [];
    return {
      probabilities,
      shape,
      ofSamples: isOfSamples(probabilities),
      ...(reads === undefined ? {} : { reads }),
      ...(sum === undefined ? {} : { sum }),
    };
  });
  const last = blocks.at(-1);
  const read = last?.sum === undefined ? undefined : readTokens(followed, { sum: last.sum, placeOf });
  return { layouts, blocks, ...(read === undefined ? {} : { read }) };
}

/** Whether the node adds two values that both depend on the input: a block and what goes around it. */
function isSum(node: GraphNode | undefined, varying: ReadonlySet<string>): boolean {
  return (node?.op === 'Add' || node?.op === 'Sum') && node.inputs.filter((input) => varying.has(input)).length > 1;
}

/** What stands between the product of queries and keys and the Softmax. */
const between = new Set('Mul Div Add Where Cast Identity Clip Reshape Unsqueeze Squeeze'.split(' '));

/** Whether the node makes the probabilities of attention: a Softmax along the keys of the product of two values. */
function isAttention(node: GraphNode, producers: ReadonlyMap<string, GraphNode>, { infos, varying }: Context): boolean {
  const rank = infos.get(node.outputs[0] ?? '')?.shape.length ?? 0;
  const axis = numberOf(node, 'axis', -1);
  if (node.op !== 'Softmax' || (rank !== 3 && rank !== 4) || (axis !== -1 && axis !== rank - 1)) return false;
  let from = producers.get(node.inputs[0] ?? '');
  for (;;) {
    const live = from?.inputs.filter((input) => varying.has(input)) ?? [];
    if (from?.op === 'MatMul' && live.length === 2) return infos.get(from.inputs[0] ?? '')?.shape.at(-1) !== 1;
    if (from === undefined || live.length !== 1 || !between.has(from.op)) return false;
    from = producers.get(live[0] ?? '');
  }
}

/** The last value that all queries and keys go through and that has positions, before they are multiplied by weights. */
function readValue(
  nodes: readonly GraphNode[],
  {
    start,
    probabilities,
    layouts,
    varying,
  }: {
    readonly start: string;
    readonly probabilities: string;
    readonly layouts: ReadonlyMap<string, PositionLayout>;
    readonly varying: ReadonlySet<string>;
  },
): string {
  const reached = new Set([start]);
  for (const { inputs, outputs } of nodes)
    if (inputs.some((input) => reached.has(input))) for (const output of outputs) reached.add(output);
  const branch = liveNodes(nodes, [probabilities]).filter(({ outputs }) =>
    outputs.some((output) => reached.has(output) && output !== start),
  );
  const projection = branch.findIndex(
    ({ op, inputs }) => (op === 'MatMul' || op === 'Gemm' || op === 'Conv') && inputs.some((input) => !varying.has(input)),
  );
  // Windows are padded to a multiple of their size, mostly by nothing.
  const before = branch.slice(0, projection === -1 ? branch.length : projection).filter(({ op }) => op !== 'Pad');
  const made = new Set(before.flatMap(({ outputs }) => outputs));
  return trunkOf(branch, [start]).findLast((value) => made.has(value) && layouts.has(value)) ?? start;
}

/** The tokens that nodes behind the last block take out of its sum. */
function readTokens(
  { meanings, taken }: Followed,
  { sum, placeOf }: { readonly sum: string; readonly placeOf: (value: string) => number },
): readonly number[] | undefined {
  const beforeOf = (value: string) => meanings.get(value)?.axes.find(({ is }) => is === 'tokens');
  const whole = beforeOf(sum);
  const found = new Set<number>();
  for (const { value, from, to } of taken) {
    if (placeOf(value) < placeOf(sum)) continue;
    const own = beforeOf(value);
    const left = whole?.is === 'tokens' && own?.is === 'tokens' ? whole.before - own.before : 0;
    for (let token = from; token < to; token++) found.add(token + left);
  }
  return found.size === 0 ? undefined : [...found].sort((a, b) => a - b);
}

/** The layer of a block's attention. */
export function attentionLayer(
  { probabilities, shape }: AttentionBlock,
  named: Pick<ModelLayer, 'name' | 'aliases' | 'modules'>,
): ModelLayer {
  return { ...named, attention: true, kind: 'Softmax', value: probabilities, inOrder: true, shape, parameters: 0, weights: [] };
}

/** What a model says of its attention, by names of layers. */
export function inModel(
  { blocks, read }: Pick<TokenStructure, 'blocks' | 'read'>,
  layers: readonly ModelLayer[],
): Pick<Model, 'attention' | 'readTokens'> {
  const names = new Map(layers.map(({ value, name }) => [value, name]));
  const nameOf = (key: 'reads' | 'sum', value = ''): Partial<ModelAttention> => {
    const name = names.get(value);
    return name === undefined ? {} : { [key]: name };
  };
  const attention = blocks.map(({ probabilities, reads, sum, ofSamples }): ModelAttention => {
    const layer = ofSamples ? names.get(probabilities) : undefined;
    return { ...(layer === undefined ? {} : { layer }), ...nameOf('reads', reads), ...nameOf('sum', sum) };
  });
  return { attention, ...(read === undefined ? {} : { readTokens: read }) };
}
