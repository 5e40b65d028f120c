import { XaigridError } from '@xaigrid/contracts';
import { int, ints } from '../attributes.js';
import { GraphBuilder } from '../builder.js';
import { int64s } from '../constants.js';
import type { Attributes, Graph, GraphNode } from '../graph.js';
import { equationOf, extentsOfLabels } from './equation.js';

/** A value and the label of each of its axes. */
interface Term {
  readonly value: string;
  readonly labels: readonly string[];
}

/**
 * The graph with every Einsum replaced by transpositions, sums and matrix products, which have gradients and DeepLIFT
 * multipliers. The names of its outputs stay, and the last node of each keeps the node's name.
 * @throws MODEL_UNSUPPORTED if a needed extent is not known
 */
export function withoutEinsum(graph: Graph): Graph {
  if (!graph.nodes.some(({ op }) => op === 'Einsum')) return graph;
  const builder = GraphBuilder.from({ ...graph, nodes: [], outputs: [] });
  for (const node of graph.nodes) {
    if (node.op === 'Einsum') takeApart(builder, node);
    else builder.add(node);
  }
  for (const { name } of graph.outputs) builder.output(name);
  return builder.build();
}

function takeApart(builder: GraphBuilder, node: GraphNode): void {
  const shapes = node.inputs.map((input) => builder.info(input).shape);
  const equation = equationOf(node, shapes);
  let count = 0;
  const work: Work = {
    node,
    extents: extentsOfLabels(equation, shapes),
    integers: (values) => builder.constant(int64s(values), 'integers'),
    add(op, inputs, attributes = {}) {
      count++;
      const value = `${node.outputs[0] ?? ''}/${op}${String(count)}`;
      builder.add({ name: `${node.name}/${op}${String(count)}`, op, inputs, outputs: [value], attributes });
      return value;
    },
  };
  const [first, ...others] = equation.operands.map((labels, index): Term => ({ value: node.inputs[index] ?? '', labels }));
  if (first === undefined) return;
  let term = first;
  others.forEach((next, index) => {
    const later = [...equation.output, ...others.slice(index + 1).flatMap(({ labels }) => labels)];
    term = contracted(
      work,
      summed(work, term, [...next.labels, ...later]),
      summed(work, next, [...term.labels, ...later]),
      later,
    );
  });
  const { value } = ordered(work, summed(work, term, equation.output), equation.output);
  builder.add({ ...node, op: 'Identity', inputs: [value], attributes: {} });
}

interface Work {
  readonly node: GraphNode;
  /** Adds a node and returns its output. */
  readonly add: (op: string, inputs: readonly string[], attributes?: Attributes) => string;
  readonly integers: (values: readonly number[]) => string;
  readonly extents: ReadonlyMap<string, number | null>;
}

/** Sums over the axes that no other term needs. */
function summed({ add, integers }: Work, { value, labels }: Term, needed: readonly string[]): Term {
  const axes = labels.flatMap((label, axis) => (needed.includes(label) ? [] : [axis]));
  if (axes.length === 0) return { value, labels };
  const sum = add('ReduceSum', [value, integers(axes)], { keepdims: int(0) });
  return { value: sum, labels: labels.filter((label) => needed.includes(label)) };
}

/** Orders the axes by `labels`, for the labels that the term has. */
function ordered({ add }: Work, { value, labels }: Term, wanted: readonly string[]): Term {
  const kept = wanted.filter((label) => labels.includes(label));
  const perm = kept.map((label) => labels.indexOf(label));
  if (perm.every((from, axis) => from === axis)) return { value, labels };
  return { value: add('Transpose', [value], { perm: ints(perm) }), labels: kept };
}

/**
 * Combines two terms: a matrix product over the labels that only they share, and value by value along the labels that are needed
 * later.
 */
function contracted(work: Work, a: Term, b: Term, later: readonly string[]): Term {
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => later.includes(label));
  const inner = shared.filter((label) => !later.includes(label));
  const rows = a.labels.filter((label) => !shared.includes(label));
  const columns = b.labels.filter((label) => !shared.includes(label));
  const left = ordered(work, a, [...batch, ...rows, ...inner]).value;
  const right = ordered(work, b, [...batch, ...inner, ...columns]).value;
  const labels = [...batch, ...rows, ...columns];
  if (inner.length === 0) {
    const wide = columns.length === 0 ? left : unsqueezed(work, left, labels.length - columns.length, columns.length);
    const tall = rows.length === 0 ? right : unsqueezed(work, right, batch.length, rows.length);
    return { value: work.add('Mul', [wide, tall]), labels };
  }
  const product = work.add('MatMul', [
    grouped(work, left, [batch.map((label) => [label]), [rows], [inner]].flat()),
    grouped(work, right, [batch.map((label) => [label]), [inner], [columns]].flat()),
  ]);
  return {
    value: grouped(
      work,
      product,
      labels.map((label) => [label]),
      rows.length === 1 && columns.length === 1,
    ),
    labels,
  };
}

function unsqueezed({ add, integers }: Work, value: string, from: number, count: number): string {
  const axes = Array.from({ length: count }, (_, index) => from + index);
  return add('Unsqueeze', [value, integers(axes)]);
}

/** Reshapes to one axis per group of labels, with extent 1 for an empty group. One extent may be unknown. */
function grouped(
  { add, integers, node, extents }: Work,
  value: string,
  groups: readonly (readonly string[])[],
  done?: boolean,
): string {
  if (done ?? groups.every((group) => group.length === 1)) return value;
  const sizes = groups.map((group) =>
    group.reduce<number | null>((size, label) => {
      const extent = extents.get(label) ?? null;
      return size === null || extent === null ? null : size * extent;
    }, 1),
  );
  if (sizes.filter((size) => size === null).length > 1) {
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `Node "${node.name}" (Einsum) reads values of unknown size, which is not supported.`,
    );
  }
  return add('Reshape', [value, integers(sizes.map((size) => size ?? -1))]);
}
