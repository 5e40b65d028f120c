import { constantOf, type GraphBuilder, int, int64s, ints, type Model, type ModelLayer } from '@xaigrid/graph';

/** `[n, ...positions, channels]` → `[n, channels, ...positions]`. A value with two axes stays as it is. */
export function channelsFirst(builder: GraphBuilder, value: string, shape: readonly number[]): string {
  const positions = shape.slice(0, -1);
  if (positions.length === 0) return value;
  // With one channel, the values keep their order.
  if (shape.at(-1) === 1) return reshape(builder, value, [0, 1, ...positions]);
  return builder.node('Transpose', [value], { perm: ints([0, shape.length, ...positions.map((_, axis) => axis + 1)]) });
}

/** `[n, channels, ...positions]` → `[n, ...positions, channels]`. `shape` is the shape of the result, without the batch. */
export function channelsLast(builder: GraphBuilder, value: string, shape: readonly number[]): string {
  const positions = shape.slice(0, -1);
  if (positions.length === 0) return value;
  if (shape.at(-1) === 1) return reshape(builder, value, [0, ...positions, 1]);
  return builder.node('Transpose', [value], { perm: ints([0, ...positions.map((_, axis) => axis + 2), 1]) });
}

/** The output of a layer as engines give it: the axes in the order of the layer's shape. */
export function asShown(builder: GraphBuilder, value: string, { shape, inOrder }: Pick<ModelLayer, 'shape' | 'inOrder'>): string {
  return inOrder === true ? value : channelsLast(builder, value, shape);
}

/** Reshapes a value. An extent of 0 keeps that axis, −1 takes the rest. */
export function reshape(builder: GraphBuilder, value: string, shape: readonly number[]): string {
  return builder.node('Reshape', [value, shapeOf(builder, shape)]);
}

/** A shape as a value, for nodes that take one as input. */
export function shapeOf(builder: GraphBuilder, shape: readonly number[]): string {
  return builder.constant(int64s(shape));
}

/** Reduces over `axes`. */
export function reduce(
  builder: GraphBuilder,
  op: 'ReduceSum' | 'ReduceMean' | 'ReduceMin' | 'ReduceMax',
  value: string,
  options: { readonly axes: readonly number[]; readonly keep: boolean },
): string {
  return builder.node(op, [value, builder.constant(int64s(options.axes))], { keepdims: int(options.keep ? 1 : 0) });
}

/** The rows of `values` along its first axis, one for each index. */
export function gather(builder: GraphBuilder, values: string, indices: string): string {
  return builder.node('Gather', [values, indices], { axis: int(0) });
}

/**
 * ∂F/∂outputs of each row, float `[rows, count]`: 1 at the class in the graph's input `classes`, and −1 at the class in its input
 * `contrasts`, if there is one. Both inputs are int32 `[rows, 1]`.
 */
export function seedOf(
  builder: GraphBuilder,
  { rows, count, contrasted }: { readonly rows: number; readonly count: number; readonly contrasted: boolean },
): string {
  const of = (name: string) => oneHot(builder, builder.input(name, 'int32', [rows, 1]), count);
  const own = of('classes');
  return contrasted ? builder.node('Sub', [own, of('contrasts')]) : own;
}

/** One-hot: int32 `[batch, 1]` → float `[batch, count]`. */
export function oneHot(builder: GraphBuilder, classes: string, count: number): string {
  const all = builder.constant(
    constantOf(
      'int32',
      [1, count],
      Array.from({ length: count }, (_, index) => index),
    ),
  );
  return builder.node('Cast', [builder.node('Equal', [classes, all])], { to: int(FLOAT) });
}

/** The number of float32 in `Cast`. */
const FLOAT = 1;

/**
 * The model's forward graph on a channels-first value: its output, and the value of every layer.
 * @param tap may put another value in the place of one, as in `GraphBuilder.inline`
 */
export function forward(
  builder: GraphBuilder,
  model: Model,
  input: string,
  tap?: (name: string, value: string) => string,
): { output: string; valueOf: (value: string) => string } {
  const { outputs, values } = builder.inline(model.graph, {
    inputs: { [model.input.name]: input },
    ...(tap === undefined ? {} : { tap }),
  });
  return { output: outputs[0] ?? '', valueOf: (value) => values.get(value) ?? value };
}
