import { int, floatsOf, numberOf, textOf } from '../../attributes.js';
import { constantOf, int64s } from '../../constants.js';
import type { ElementType } from '../../graph.js';
import { dataTypes } from '../data-types.js';
import type { Rewrite, Rewriting } from './rewriting.js';

const single = { to: int(dataTypes.float) };

/** The type in which ONNX Runtime computes such a node: that of its input, and float for whole numbers. */
const typeOf = ({ type }: Rewriting): ElementType => (type === 'double' ? 'double' : 'float');

function asFloat(rewriting: Rewriting): string {
  const [input = ''] = rewriting.node.inputs;
  return rewriting.type === 'float' || rewriting.type === 'double' ? input : rewriting.step('Cast', [input], single);
}

/** Adds the last node with a float32 output, whatever type it computes in. */
function give(rewriting: Rewriting, op: string, inputs: readonly string[]): void {
  if (typeOf(rewriting) === 'float') rewriting.last(op, inputs);
  else rewriting.last('Cast', [rewriting.step(op, inputs)], single);
}

const numbers = (rewriting: Rewriting, what: string, values: readonly number[]): string =>
  rewriting.add(what, constantOf(typeOf(rewriting), [values.length], values));

/** (x − offset) · scale */
const scaler: Rewrite = (rewriting) => {
  const [offset, scale] = [floatsOf(rewriting.node, 'offset') ?? [0], floatsOf(rewriting.node, 'scale') ?? [1]];
  const moved = rewriting.step('Sub', [asFloat(rewriting), numbers(rewriting, 'offset', offset)]);
  give(rewriting, 'Mul', [moved, numbers(rewriting, 'scale', scale)]);
  return true;
};

/** The smallest normal float32 number, which replaces a length of 0. */
const LEAST = 2 ** -126;

/**
 * Rows divided by their length, or by their largest value. Rows of zeros stay. After a Softmax, whose rows sum to 1, the length
 * L1 changes nothing.
 */
const normalizer: Rewrite = (rewriting) => {
  const { node, step, add } = rewriting;
  const norm = textOf(node, 'norm', 'MAX');
  const [input = ''] = node.inputs;
  if (norm === 'L1' && rewriting.producer(0) === 'Softmax') {
    rewriting.last('Identity', [input]);
    return true;
  }
  if (norm !== 'L1' && norm !== 'L2') return false;
  const x = asFloat(rewriting);
  const length = step(norm === 'L1' ? 'ReduceL1' : 'ReduceL2', [x, add('axes', int64s([-1]))], { keepdims: int(1) });
  give(rewriting, 'Div', [x, step('Max', [length, numbers(rewriting, 'least', [LEAST])])]);
  return true;
};

/**
 * Missing values, usually NaN, become the given values. Infinite missing values come from a PowerTransformer, which computes
 * every branch for every value; the unused branch may give NaN. Then the node stays and has no gradient.
 */
const imputer: Rewrite = (rewriting) => {
  const { node, step, last } = rewriting;
  const values = floatsOf(node, 'imputed_value_floats');
  if (values === undefined || (rewriting.type !== 'float' && rewriting.type !== 'double')) return false;
  const [input = ''] = node.inputs;
  const missing = numberOf(node, 'replaced_value_float', 0);
  if (missing === Infinity) return false;
  const test = Number.isNaN(missing) ? step('IsNaN', [input]) : step('Equal', [input, numbers(rewriting, 'missing', [missing])]);
  last('Where', [test, numbers(rewriting, 'imputed', values), input]);
  return true;
};

/** 1 above a threshold, otherwise 0. */
const binarizer: Rewrite = (rewriting) => {
  const above = rewriting.step('Greater', [
    asFloat(rewriting),
    numbers(rewriting, 'threshold', [numberOf(rewriting.node, 'threshold', 0)]),
  ]);
  rewriting.last('Cast', [above], { to: int(dataTypes[typeOf(rewriting)]) });
  return true;
};

const featureVectorizer: Rewrite = ({ node, type, last }) => {
  if (type !== 'float') return false;
  last('Concat', node.inputs, { axis: int(1) });
  return true;
};

/** Columns, or labels by their number: a Gather along the last axis. A vector is treated as one row. */
const arrayFeatureExtractor: Rewrite = ({ node, rank, constant, add, step, last }) => {
  const [data = '', indices = ''] = node.inputs;
  const table = constant(0);
  if (table === undefined && rank === undefined) return false;
  const row = table?.shape.length === 1 ? add('row', { ...table, shape: [1, ...table.shape] }) : data;
  const flat = constant(1);
  const places =
    flat === undefined
      ? step('Reshape', [indices, add('flat', int64s([-1]))])
      : add('places', { ...flat, shape: [flat.data.length] });
  last('Gather', [row, places], { axis: int(-1) });
  return true;
};

export const preprocessingRewrites: Readonly<Record<string, Rewrite>> = {
  Scaler: scaler,
  Normalizer: normalizer,
  Imputer: imputer,
  Binarizer: binarizer,
  FeatureVectorizer: featureVectorizer,
  ArrayFeatureExtractor: arrayFeatureExtractor,
};
