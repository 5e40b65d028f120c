import { int, floatsOf, numberOf, textOf } from '../../attributes.js';
import { constantOf, int64s } from '../../constants.js';
import type { ElementType } from '../../graph.js';
import { dataTypes } from '../data-types.js';
import type { Rewrite, Rewriting } from './rewriting.js';

const single = { to: int(dataTypes.float) };

/** The type that ONNX Runtime computes such a node in: that of what it reads, and float for whole numbers. */
const typeOf = ({ type }: Rewriting): ElementType => (type === 'double' ? 'double' : 'float');

function asFloat(rewriting: Rewriting): string {
  const [input = ''] = rewriting.node.inputs;
  return rewriting.type === 'float' || rewriting.type === 'double' ? input : rewriting.step('Cast', [input], single);
}

/** What gives float32 whatever it computed in. */
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

/** The smallest number that float32 has in full: a length of 0 becomes it. */
const LEAST = 2 ** -126;

/**
 * Rows by their length, or by their largest value; rows of zeros stay. Behind a Softmax, whose rows add up to 1 already, the length L1
 * changes nothing.
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
 * Missing values, NaN mostly, become the given ones. Infinite ones are those of a PowerTransformer, which computes each branch for every value, NaN where
 * it is not meant: the node stays, and says that there is no gradient.
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

/** 1 above a threshold, else 0. */
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

/** Columns, or labels by their number: along the last axis; what one row is taken from gives one row. */
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
