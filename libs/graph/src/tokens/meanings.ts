import { sizeOf } from '@xaigrid/tensor';
import { numberOf } from '../attributes.js';
import { numbersOf } from '../constants.js';
import type { Graph, GraphNode } from '../graph.js';
import { keepers } from '../onnx/followed-axes.js';
import type { TypeAndShape } from '../shapes/shape-rule.js';
import { asTokens, extended, meaningOf, reshaped, type Axis, type Extended, type Meaning } from './axes.js';

/** Operators that look at neighbouring positions of `[n, channels, ...positions]` and give the same axes. */
const windows = new Set('Conv ConvTranspose MaxPool AveragePool LpPool LRN Resize'.split(' '));
/** Operators whose first value keeps its axes, whatever axis they normalise. */
const normalisations = new Set(
  'LayerNormalization BatchNormalization InstanceNormalization GroupNormalization Softmax'.split(' '),
);
const relabelled = new Set('Reshape Flatten Squeeze Unsqueeze'.split(' '));

export interface Followed {
  /** The axes of values whose axes are known. */
  readonly meanings: ReadonlyMap<string, Meaning>;
  /** The tokens that a node takes out of a value of tokens: by index, or the mean over all. */
  readonly taken: readonly TokensTaken[];
}

interface TokensTaken {
  /** The value of tokens that is read. */
  readonly value: string;
  /** The tokens read, from the first of the value up to this one, exclusive. */
  readonly from: number;
  readonly to: number;
}

export interface Context {
  readonly graph: Graph;
  readonly infos: ReadonlyMap<string, TypeAndShape>;
  readonly varying: ReadonlySet<string>;
}

/**
 * Follows the axes of the input `[n, channels, ...positions]` through a graph, node by node: where its positions are, and where
 * they are tokens. What attention does within a block is not followed. The sum of a block and what goes around it has the axes of
 * what goes around it.
 */
export function followedAxes(context: Context): Followed {
  const { graph, infos, varying } = context;
  const [input] = graph.inputs;
  const positions = (input?.shape.length ?? 0) - 2;
  const meanings = new Map<string, Meaning>();
  const taken: TokensTaken[] = [];
  if (input === undefined || positions < 1) return { meanings, taken };
  const extents = input.shape.slice(1).map((extent) => extent ?? 1);
  meanings.set(input.name, imageOf(extents));
  for (const node of graph.nodes) {
    const extentsOf = (value: string) => extentsWithin(infos, value);
    const step: Step = { node, graph, varying, positions, meaningOf: (value) => meanings.get(value), extentsOf };
    for (const output of node.outputs) {
      const own = extentsOf(output);
      const found = own === undefined ? undefined : after(step, own);
      if (own !== undefined && found !== undefined && sameExtents(found.extents, own)) meanings.set(output, found);
    }
    const left = node.outputs.some((output) => meanings.has(output)) ? undefined : tokensTaken(step);
    if (left !== undefined) taken.push(left);
  }
  return { meanings, taken };
}

/** `[n, channels, ...positions]` */
function imageOf(extents: readonly number[]): Meaning {
  const places = extents.slice(1).map((_, of): Axis => ({ is: 'position', of }));
  return { axes: [{ is: 'batch' }, { is: 'features' }, ...places], extents };
}

interface Step {
  readonly node: GraphNode;
  readonly graph: Graph;
  readonly varying: ReadonlySet<string>;
  readonly positions: number;
  readonly meaningOf: (value: string) => Meaning | undefined;
  /** The extents of a value without the batch, if all are known. */
  readonly extentsOf: (value: string) => readonly number[] | undefined;
}

function extentsWithin(infos: ReadonlyMap<string, TypeAndShape>, value: string): readonly number[] | undefined {
  const shape = infos.get(value)?.shape.slice(1);
  return shape?.every((extent) => extent !== null) === true ? shape : undefined;
}

const sameExtents = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((extent, at) => extent === b[at]);

/** The axes of an output with these extents. */
function after(step: Step, to: readonly number[]): Meaning | undefined {
  const { node, meaningOf: known, positions, varying } = step;
  const { op, inputs } = node;
  const [first = '', second = ''] = inputs;
  const own = known(first);
  if (op === 'Concat') return joined(step);
  if (keepers.has(op) || normalisations.has(op)) return alike(step, to);
  // Whatever comes before, these operators take the axes behind the second for positions.
  if (windows.has(op)) return to.length === positions + 1 ? imageOf(to) : undefined;
  if (own === undefined) return undefined;
  if (relabelled.has(op)) return reshaped(own, to, positions);
  if (op === 'Transpose') return turned(own, node);
  if (op === 'MatMul' && !varying.has(second)) return own.axes.at(-1)?.is === 'features' ? { ...own, extents: to } : undefined;
  if (op === 'Slice') return sliced(step, own);
  if (op === 'Split') return splitAxis(node, own) === 'features' ? { ...own, extents: to } : undefined;
  return undefined;
}

/** The axes of the first input that has those of the output: one of two summands may be unknown, or spread. */
function alike({ node, meaningOf: known }: Step, to: readonly number[]): Meaning | undefined {
  return node.inputs.map(known).find((meaning) => meaning !== undefined && sameExtents(meaning.extents, to));
}

function turned({ axes, extents }: Meaning, { attributes }: GraphNode): Meaning | undefined {
  const perm = attributes.perm?.kind === 'ints' ? attributes.perm.value : axes.map((_, at) => axes.length - 1 - at);
  if (perm[0] !== 0) return undefined;
  const moved = perm
    .slice(1)
    .map((from): Extended => ({ axis: axes[from] ?? { is: 'features' }, extent: extents[from - 1] ?? 1 }));
  return meaningOf(moved);
}

function joined({ node, meaningOf: known, extentsOf, positions, varying }: Step): Meaning | undefined {
  const parts = node.inputs.map((value) => ({ value, meaning: known(value), extents: extentsOf(value) }));
  const placed = parts.filter(({ meaning }) => meaning !== undefined && hasPositions(meaning));
  const [only] = placed;
  if (only?.meaning === undefined || parts.some(({ extents }) => extents === undefined)) return undefined;
  const at = axisOf(node, only.meaning.axes.length) - 1;
  const all = extended(only.meaning);
  const axis = all[at];
  if (axis === undefined) return undefined;
  const extent = parts.reduce((sum, { extents }) => sum + (extents?.[at] ?? 0), 0);
  if (axis.axis.is === 'features') {
    const complete = parts.every(({ value, meaning }) => meaning !== undefined || !varying.has(value));
    return complete ? meaningOf(all.with(at, { ...axis, extent })) : undefined;
  }
  const tokens = asTokens(axis, positions);
  if (tokens === undefined || placed.length !== 1) return undefined;
  const place = parts.indexOf(only);
  const count = (some: typeof parts) => some.reduce((sum, { extents }) => sum + (extents?.[at] ?? 0), 0);
  const [before, behind] = [count(parts.slice(0, place)), count(parts.slice(place + 1))];
  return meaningOf(all.with(at, { axis: { ...tokens, before: tokens.before + before, after: tokens.after + behind }, extent }));
}

const hasPositions = ({ axes }: Meaning) => axes.some(({ is }) => is === 'position' || is === 'tokens');

function axisOf(node: GraphNode, rank: number): number {
  const axis = numberOf(node, 'axis', 0);
  return axis < 0 ? axis + rank : axis;
}

function splitAxis(node: GraphNode, { axes }: Meaning): Axis['is'] | undefined {
  return axes[axisOf(node, axes.length)]?.is;
}

interface Cut {
  readonly at: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** What a Slice by constants keeps of each axis. Undefined if its bounds are computed, or it goes backwards. */
function cutsOf({ node, graph }: Step, { axes, extents }: Meaning): Cut[] | undefined {
  const [starts, ends, which, steps] = node.inputs.slice(1).map((name) => {
    const constant = graph.constants.get(name);
    return constant === undefined ? undefined : numbersOf(constant);
  });
  if (starts === undefined || ends === undefined) return undefined;
  const cuts = starts.map((start, index): Cut => {
    const given = which?.[index] ?? index;
    const at = given < 0 ? given + axes.length : given;
    const extent = extents[at - 1] ?? 1;
    const within = (bound: number) => Math.min(extent, Math.max(0, bound < 0 ? bound + extent : bound));
    return { at, start: within(start), end: within(ends[index] ?? extent), step: steps?.[index] ?? 1 };
  });
  return cuts.every(({ at, step }) => step > 0 && at > 0) ? cuts : undefined;
}

function sliced(step: Step, own: Meaning): Meaning | undefined {
  const cuts = cutsOf(step, own);
  const found = extended(own);
  for (const { at, start, end, step: every } of cuts ?? []) {
    const one = found[at - 1];
    if (one === undefined) return undefined;
    const { axis, extent } = one;
    const left = Math.max(0, Math.ceil((end - start) / every));
    const tokens = asTokens(one, step.positions);
    if (axis.is === 'features') found[at - 1] = { axis, extent: left };
    else if (tokens !== undefined && every === 1) {
      const size = sizeOf(tokens.grid);
      if (start > tokens.before || end < tokens.before + size) return undefined;
      const kept = { ...tokens, before: tokens.before - start, after: end - tokens.before - size };
      found[at - 1] = { axis: kept, extent: left };
    }
    // Every second position, as in the merging of patches: all of the axis, but coarser.
    else if (axis.is === 'position' && start < every && end > extent - every) found[at - 1] = { axis, extent: left };
    else return undefined;
  }
  return cuts === undefined ? undefined : meaningOf(found);
}

/** What a node takes out of tokens, if it leaves no axis of tokens. */
function tokensTaken(step: Step): TokensTaken | undefined {
  const { node, graph, meaningOf: known, positions } = step;
  const [value = '', second = ''] = node.inputs;
  const own = known(value);
  if (own === undefined) return undefined;
  const all = extended(own);
  const at = all.findIndex((one) => asTokens(one, positions) !== undefined) + 1;
  if (at === 0) return undefined;
  const extent = all[at - 1]?.extent ?? 0;
  const constant = graph.constants.get(second);
  if (node.op === 'Gather' && axisOf(node, own.axes.length) === at && constant !== undefined) {
    const [index = 0, ...others] = numbersOf(constant);
    const from = index < 0 ? index + extent : index;
    return others.length === 0 ? { value, from, to: from + 1 } : undefined;
  }
  if (node.op === 'Slice') {
    const cut = cutsOf(step, own)?.find((one) => one.at === at);
    return cut === undefined ? undefined : { value, from: cut.start, to: cut.end };
  }
  const means =
    node.op === 'GlobalAveragePool' ||
    (node.op === 'ReduceMean' &&
      constant !== undefined &&
      numbersOf(constant).some((axis) => (axis < 0 ? axis + own.axes.length : axis) === at));
  return means ? { value, from: 0, to: extent } : undefined;
}
