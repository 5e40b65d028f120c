import { numberOf } from '../attributes.js';
import { numbersOf } from '../constants.js';
import type { ElementType, Shape } from '../graph.js';
import { elementTypeOf } from './elementwise.js';
import type { ShapeQuestion, TypeAndShape } from './shape-rule.js';

/**
 * Computes the values of small shape vectors. PyTorch computes shapes with nodes: Shape, Gather, Concat, … up to a Reshape. These
 * rules follow the numbers through such nodes. A `null` among them is an extent that is not known before the run; it is positive.
 */
type ExtentsRule = (question: ShapeQuestion) => Shape | undefined;

const same: ExtentsRule = ({ extents }) => extents(0);

const isInteger = (type: ElementType) => type === 'int64' || type === 'int32' || type === 'bool';

const mapped =
  (f: (value: number) => number): ExtentsRule =>
  ({ extents }) =>
    extents(0)?.map((extent) => (extent === null ? null : f(extent)));

const shape: ExtentsRule = ({ node, input }) => {
  const all = input(0).shape;
  return all.slice(numberOf(node, 'start', 0), node.attributes.end === undefined ? undefined : numberOf(node, 'end', 0));
};

const gather: ExtentsRule = ({ extents, values }) => {
  const [from, indices] = [extents(0), values(1)];
  return from && indices?.map((index) => from.at(index) ?? null);
};

const concat: ExtentsRule = ({ node, extents }) => {
  const parts = node.inputs.map((_, index) => extents(index));
  return parts.includes(undefined) ? undefined : parts.flatMap((part) => part ?? []);
};

const slice: ExtentsRule = ({ extents, has, values }) => {
  const [from, starts, ends] = [extents(0), values(1), values(2)];
  const steps = has(4) ? values(4) : [1];
  if (from === undefined || starts === undefined || ends === undefined || steps?.[0] !== 1) return undefined;
  return from.slice(starts[0], ends[0]);
};

/** Combines two vectors of equal length, or a vector and a single number. */
const pairwise =
  (f: (a: number | null, b: number | null) => number | null): ExtentsRule =>
  ({ extents }) => {
    const [a, b] = [extents(0), extents(1)];
    if (a === undefined || b === undefined || (a.length !== b.length && a.length !== 1 && b.length !== 1)) return undefined;
    const at = (list: Shape, index: number) => list[list.length === 1 ? 0 : index] ?? null;
    return Array.from({ length: Math.max(a.length, b.length) }, (_, index) => f(at(a, index), at(b, index)));
  };

const known = (f: (a: number, b: number) => number) => pairwise((a, b) => (a === null || b === null ? null : f(a, b)));

/** An unknown extent is positive, so it differs from every number below 1. */
const equal = pairwise((a, b) => {
  if (a !== null && b !== null) return Number(a === b);
  const other = a ?? b;
  return other !== null && other < 1 ? 0 : null;
});

const where: ExtentsRule = ({ extents }) => {
  const [condition, yes, no] = [extents(0), extents(1), extents(2)];
  if (condition === undefined || yes === undefined || no === undefined) return undefined;
  const at = (list: Shape, index: number) => list[list.length === 1 ? 0 : index] ?? null;
  return Array.from({ length: Math.max(condition.length, yes.length, no.length) }, (_, index) => {
    const taken = at(condition, index);
    if (taken === null) return at(yes, index) === at(no, index) ? at(yes, index) : null;
    return at(taken === 0 ? no : yes, index);
  });
};

const constantOfShape: ExtentsRule = ({ node, values }) => {
  const count = values(0)?.reduce((product, extent) => product * extent, 1);
  const value = node.attributes.value;
  if (count === undefined || count > LONGEST) return undefined;
  return new Array<number>(count).fill(value?.kind === 'tensor' ? (numbersOf(value.value)[0] ?? 0) : 0);
};

const range: ExtentsRule = ({ values }) => {
  const [[start] = [], [limit] = [], [step] = []] = [values(0), values(1), values(2)];
  if (start === undefined || limit === undefined || step === undefined) return undefined;
  const count = Math.max(0, Math.ceil((limit - start) / step));
  return count > LONGEST ? undefined : Array.from({ length: count }, (_, index) => start + index * step);
};

const product: ExtentsRule = ({ extents }) => {
  const all = extents(0);
  return all && [all.reduce<number | null>((count, extent) => (count === null || extent === null ? null : count * extent), 1)];
};

const cast = (question: ShapeQuestion, to: ElementType | undefined) =>
  mapped(to !== undefined && isInteger(to) ? Math.trunc : (value) => value)(question);

const rules: Readonly<Record<string, ExtentsRule>> = {
  Shape: shape,
  Size: ({ input }) => [
    input(0).shape.reduce<number | null>((n, extent) => (n === null || extent === null ? null : n * extent), 1),
  ],
  Gather: gather,
  Concat: concat,
  Slice: slice,
  ConstantOfShape: constantOfShape,
  Range: range,
  ReduceProd: product,
  Equal: equal,
  Where: where,
  Add: known((a, b) => a + b),
  Sub: known((a, b) => a - b),
  Mul: known((a, b) => a * b),
  Div: (question) => known((a, b) => (isInteger(question.input(0).type) ? Math.trunc(a / b) : a / b))(question),
  Mod: known((a, b) => a % b),
  Max: known(Math.max),
  Min: known(Math.min),
  Cast: (question) => cast(question, elementTypeOf(numberOf(question.node, 'to', 0))),
  CastLike: (question) => cast(question, question.input(1).type),
  Neg: mapped((value) => -value),
  Floor: mapped(Math.floor),
  Ceil: mapped(Math.ceil),
  Sqrt: mapped(Math.sqrt),
  ...Object.fromEntries(['Identity', 'Squeeze', 'Unsqueeze', 'Reshape'].map((op) => [op, same])),
};

/** Vectors longer than any shape are not followed. */
const LONGEST = 32;

/** The known values of the node's first output, if it is a short vector or a single number. */
export function extentsOf(question: ShapeQuestion, output: TypeAndShape): Shape | undefined {
  const [length = 1, ...more] = output.shape;
  if (more.length > 0 || length === null || length > LONGEST) return undefined;
  const found = rules[question.node.op]?.(question);
  return found?.length === length ? found : undefined;
}
