import { sizeOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { int, ints } from '../../attributes.js';
import { float32, int64s } from '../../constants.js';
import type { Feature, LayerImport, LayerScope } from '../layer-import.js';
import { fromKerasOrder, inKerasOrder, kerasShape } from './keras-order.js';

/** The number that Keras adds to a masked score. */
const MASKED = -1e9;

/** Products and sums over `[n, steps, features]`, as in Keras. */
function workOf({ node, builder }: LayerScope) {
  const integers = (values: readonly number[]) => builder.constant(int64s(values), 'integers');
  return {
    product: (a: string, b: string) => node('MatMul', [a, b]),
    reshaped: (value: string, extents: readonly number[]) => node('Reshape', [value, integers([0, ...extents])]),
    transposed: (value: string, perm: readonly number[]) => node('Transpose', [value], { perm: ints(perm) }),
    unsqueezed: (value: string, axis: number) => node('Unsqueeze', [value, integers([axis])]),
    scaled: (value: string, by: number) => (by === 1 ? value : node('Mul', [value, builder.scalar(by)])),
    taken: (value: string, axis: number, indices: readonly number[]) =>
      node('Gather', [value, integers(indices)], { axis: int(axis) }),
  };
}

const isCausal = ({ call }: LayerScope): boolean => {
  const argument = call.keywords.use_causal_mask;
  return argument?.kind === 'plain' && argument.value === true;
};

/** A softmax over the last axis of scores `[…, queries, keys]`. If asked for, only over the keys up to the query's own place. */
function weighted(scope: LayerScope, scores: string, queries: number, keys: number): string {
  const { node, builder } = scope;
  const mask = Float32Array.from({ length: queries * keys }, (_, index) =>
    index % keys > Math.floor(index / keys) ? MASKED : 0,
  );
  const masked = isCausal(scope) ? node('Add', [scores, builder.constant(float32(mask, [queries, keys]), 'mask')]) : scores;
  return node('Softmax', [masked], { axis: int(-1) });
}

interface Steps {
  readonly value: string;
  readonly steps: number;
  readonly features: number;
}

/** The query, value and key of the inputs, `[n, steps, features]` each. The key is the value if it is not given. */
function queryValueKey(scope: LayerScope): { query: Steps; value: Steps; key: Steps } {
  const { keywords, args } = scope.call;
  const named = ['query', 'value', 'key'].map((name) => keywords[name]);
  // Arguments without a name come first.
  const plain = args.flatMap((argument) => (argument.kind === 'list' ? argument.items : [argument]));
  const places = named.map((argument) => argument ?? plain.shift());
  const features = places.map((argument) => (argument?.kind === 'tensor' ? argument.tensor : undefined));
  const [query, value] = features;
  if (query === undefined || value === undefined) return scope.refuse('it needs a query and a value');
  const key = features[2] ?? value;
  return { query: stepsOf(scope, query), value: stepsOf(scope, value), key: stepsOf(scope, key) };
}

function stepsOf(scope: LayerScope, feature: Feature): Steps {
  const shape = kerasShape(scope, feature);
  const features = shape.at(-1) ?? 1;
  const steps = sizeOf(shape.slice(0, -1));
  const value = inKerasOrder(scope, feature);
  return { value: shape.length === 2 ? value : workOf(scope).reshaped(value, [steps, features]), steps, features };
}

/** softmax(score(query, key)) · value, over `[n, steps, features]`. */
const attention =
  (additive: boolean): LayerImport =>
  (scope) => {
    const config = scope.config(
      z.object({ use_scale: z.boolean().default(additive), score_mode: z.enum(['dot', 'concat']).default('dot') }),
    );
    const { node, builder } = scope;
    if (scope.inputs.some(({ shape }) => shape.length !== 2)) return scope.refuse('its input does not have steps and features');
    const { query, value, key } = queryValueKey(scope);
    const { product, transposed, unsqueezed } = workOf(scope);
    const scaleShape = additive ? [query.features] : [];
    const scale = config.use_scale ? builder.constant(scope.weight('scale', scaleShape), 'scale') : undefined;
    const times = (term: string, factor: string | undefined) => (factor === undefined ? term : node('Mul', [term, factor]));
    let scores: string;
    if (additive || config.score_mode === 'concat') {
      const sum = node('Add', [unsqueezed(query.value, 2), unsqueezed(key.value, 1)]);
      const terms = additive ? times(node('Tanh', [sum]), scale) : node('Tanh', [times(sum, scale)]);
      const all = node('ReduceSum', [terms, builder.constant(int64s([3]), 'axis')], { keepdims: int(0) });
      scores = additive ? all : times(all, builder.constant(scope.weight('concat_score_weight', []), 'concat_score_weight'));
    } else scores = times(product(query.value, transposed(key.value, [0, 2, 1])), scale);
    const shares = weighted(scope, scores, query.steps, key.steps);
    return fromKerasOrder(scope, product(shares, value.value), [query.steps, value.features]);
  };

interface Heads {
  readonly heads: number;
  readonly keyHeads: number;
  readonly keyWidth: number;
  readonly valueWidth: number;
  readonly useBias: boolean;
}

/** x·W + b, one of the four products of the layer, with matrices `[in, out]`. */
function projected(
  scope: LayerScope,
  part: string,
  value: string,
  options: { into: readonly number[]; out: readonly number[]; useBias: boolean },
) {
  const { into, out, useBias } = options;
  const kernel = scope.weight(`${part}/kernel`, [...into, ...out]);
  const matrix = scope.builder.constant({ ...kernel, shape: [sizeOf(into), sizeOf(out)] }, part);
  const product = workOf(scope).product(value, matrix);
  if (!useBias) return product;
  const bias = { ...scope.weight(`${part}/bias`, out), shape: [sizeOf(out)] };
  return scope.node('Add', [product, scope.builder.constant(bias, part)]);
}

function manyHeads(scope: LayerScope, { heads, keyHeads, keyWidth, valueWidth, useBias }: Heads): Feature {
  const { query, value, key } = queryValueKey(scope);
  const { product, reshaped, transposed, scaled, taken } = workOf(scope);
  const [given] = scope.call.args;
  const asked = given?.kind === 'tensor' ? given.tensor : scope.input;
  const outer = kerasShape(scope, asked).slice(0, -1);
  // [n, heads, steps, width]
  const apart = (part: string, own: Steps, count: number, width: number) => {
    const all = projected(scope, part, own.value, { into: [own.features], out: [count, width], useBias });
    const headed = transposed(reshaped(all, [own.steps, count, width]), [0, 2, 1, 3]);
    if (count === heads) return headed;
    // Each head of keys and values serves several heads of queries.
    return taken(
      headed,
      1,
      Array.from({ length: heads }, (_, head) => Math.floor((head * count) / heads)),
    );
  };
  const q = scaled(apart('query_dense', query, heads, keyWidth), 1 / Math.sqrt(keyWidth));
  const k = transposed(apart('key_dense', key, keyHeads, keyWidth), [0, 1, 3, 2]);
  const v = apart('value_dense', value, keyHeads, valueWidth);
  const shares = weighted(scope, product(q, k), query.steps, key.steps);
  const joined = reshaped(transposed(product(shares, v), [0, 2, 1, 3]), [query.steps, heads * valueWidth]);
  const width = scope.weightShape('output_dense/kernel').slice(2);
  if (width.length !== 1) return scope.refuse('its output_shape has several axes');
  const out = projected(scope, 'output_dense', joined, { into: [heads, valueWidth], out: width, useBias });
  const [features = 1] = width;
  return fromKerasOrder(scope, outer.length === 1 ? out : reshaped(out, [...outer, features]), [...outer, features]);
}

/** Multi-head attention (Vaswani et al. 2017, "Attention Is All You Need"). */
const multiHead: LayerImport = (scope) => {
  const config = scope.config(
    z.object({
      num_heads: z.int().positive(),
      key_dim: z.int().positive(),
      value_dim: z.int().positive().nullish(),
      use_bias: z.boolean().default(true),
      attention_axes: z.union([z.int().transform((axis) => [axis]), z.array(z.int())]).nullish(),
    }),
  );
  const rank = scope.input.shape.length;
  const axes = config.attention_axes?.map((axis) => (axis < 0 ? axis + rank + 1 : axis));
  if (axes !== undefined && Array.from({ length: rank - 1 }, (_, axis) => axis + 1).some((axis) => !axes.includes(axis)))
    return scope.refuse('it attends along some of the axes only');
  const { num_heads: heads, key_dim: keyWidth, value_dim: valueWidth, use_bias: useBias } = config;
  return manyHeads(scope, { heads, keyHeads: heads, keyWidth, valueWidth: valueWidth ?? keyWidth, useBias });
};

/** Grouped-query attention (Ainslie et al. 2023, "GQA"). */
const groupedQuery: LayerImport = (scope) => {
  const config = scope.config(
    z.object({
      head_dim: z.int().positive(),
      num_query_heads: z.int().positive(),
      num_key_value_heads: z.int().positive(),
      use_bias: z.boolean().default(true),
      use_gate: z.boolean().nullish(),
    }),
  );
  if (config.use_gate === true) return scope.refuse('it gates its heads');
  const { head_dim: width, num_query_heads: heads, num_key_value_heads: keyHeads, use_bias: useBias } = config;
  return manyHeads(scope, { heads, keyHeads, keyWidth: width, valueWidth: width, useBias });
};

export const attentionLayers: Readonly<Record<string, LayerImport>> = {
  Attention: attention(false),
  AdditiveAttention: attention(true),
  MultiHeadAttention: multiHead,
  GroupedQueryAttention: groupedQuery,
  GroupQueryAttention: groupedQuery,
};
