import { numberOf } from '../attributes.js';
import { equationOf, extentsOfLabels } from '../einsum/equation.js';
import { agree, broadcast, ShapeConflict, type ShapeRule } from './shape-rule.js';

const gemm: ShapeRule = ({ node, input }) => {
  const a = input(0).shape;
  const b = input(1).shape;
  const [transA, transB] = [numberOf(node, 'transA', 0), numberOf(node, 'transB', 0)];
  if (!agree(a[1 - transA], b[transB])) throw new ShapeConflict();
  const rows = a[transA] ?? null;
  const columns = b[1 - transB] ?? null;
  return [{ type: input(0).type, shape: [rows, columns] }];
};

const matMul: ShapeRule = ({ input }) => {
  const a = input(0).shape;
  const b = input(1).shape;
  if (!agree(a.at(-1), b.at(b.length === 1 ? -1 : -2))) throw new ShapeConflict();
  // A vector is a row in front and a column behind. Its axis of 1 is left out of the result.
  const rows = a.length === 1 ? [] : [a.at(-2) ?? null];
  const columns = b.length === 1 ? [] : [b.at(-1) ?? null];
  return [{ type: input(0).type, shape: [...broadcast(a.slice(0, -2), b.slice(0, -2)), ...rows, ...columns] }];
};

const einsum: ShapeRule = ({ node, input }) => {
  const shapes = node.inputs.map((_, index) => input(index).shape);
  const equation = equationOf(node, shapes);
  const extents = extentsOfLabels(equation, shapes);
  return [{ type: input(0).type, shape: equation.output.map((label) => extents.get(label) ?? null) }];
};

/** `[n, heads, length, size]`, or `[n, length, heads · size]`. */
const attention: ShapeRule = ({ node, input }) => {
  const { type, shape } = input(0);
  const width = input(2).shape.at(-1) ?? null;
  const repeated = shape.length === 3 ? numberOf(node, 'q_num_heads', 1) / numberOf(node, 'kv_num_heads', 1) : 1;
  return [{ type, shape: [...shape.slice(0, -1), width === null ? null : width * repeated] }];
};

export const matrixRules: Readonly<Record<string, ShapeRule>> = {
  Gemm: gemm,
  MatMul: matMul,
  Einsum: einsum,
  Attention: attention,
};
