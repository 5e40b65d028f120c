import { z } from 'zod';
import { float, int } from '../../attributes.js';
import { int64s } from '../../constants.js';
import { dataTypes } from '../../onnx/data-types.js';
import { channelsLastShape, type Feature, type LayerImport, type LayerScope } from '../layer-import.js';
import {
  approximateGelu,
  activate,
  clip,
  hardShrink,
  leaky,
  softShrink,
  squareplus,
  thresholded,
} from './activation-functions.js';
import { insideAxis } from './keras-order.js';
import { argumentOf, axesSchema, operandOf, option, together } from './operands.js';

/**
 * The layers that `x + 3`, `keras.ops` and TensorFlow's functions become in a Functional model: here those that work value by
 * value.
 */

const FIRST = ['x', 'x1', 'a', 'value', 'input', 'features', 'logits', 'tensor', 'images'];
const SECOND = ['y', 'x2', 'b', 'bias'];

/** The input of a function with one argument. */
export function featureOf(scope: LayerScope): Feature {
  const argument = argumentOf(scope, 0, FIRST);
  return argument?.kind === 'tensor' ? argument.tensor : scope.refuse('its first argument is no tensor');
}

/** Arithmetic with two operands. One of them may be numbers. */
const binary =
  (op: string, names: readonly (readonly string[])[] = [FIRST, SECOND]): LayerImport =>
  (scope) => {
    const operands = names.map((own, index) => operandOf(scope, argumentOf(scope, index, own)));
    const { values, shape } = together(scope, operands);
    return { value: scope.node(op, values), shape: channelsLastShape(shape, scope.order) };
  };

/** 1 minus the equality, as 0 or 1. */
const notEqual: LayerImport = (scope) => {
  const { value, shape } = binary('Equal')(scope);
  const same = scope.node('Cast', [value], { to: int(dataTypes.float) });
  return { value: scope.node('Less', [same, scope.builder.scalar(0.5)]), shape };
};

const biasAdd: LayerImport = (scope) => {
  const format = option(scope, ['data_format'], 2, z.string().nullish());
  if (format?.startsWith('NC') === true && scope.order !== 'channels_first') return scope.refuse(`its data_format is ${format}`);
  return binary('Add', [FIRST, ['bias']])(scope);
};

type Emit = (scope: LayerScope, value: string) => string;

const unary =
  (emit: Emit): LayerImport =>
  (scope) => {
    const { value, shape } = featureOf(scope);
    return { value: emit({ ...scope, input: { value, shape } }, value), shape };
  };
const operator = (op: string) => unary(({ node }, value) => node(op, [value]));
const activation = (name: string) => unary((scope, value) => activate(scope, value, name));

const number = z.number();
/** A function with a number among its options. */
const withNumber = (names: readonly string[], fallback: number, emit: (by: number) => Emit): LayerImport =>
  unary((scope, value) => emit(option(scope, names, 1, number.nullish()) ?? fallback)(scope, value));

const withAlpha = (op: string): LayerImport =>
  withNumber(
    ['alpha'],
    1,
    (alpha) =>
      ({ node }, value) =>
        node(op, [value], { alpha: float(alpha) }),
  );

const relu: LayerImport = unary((scope, value) => {
  const { node, builder } = scope;
  const of = (names: readonly string[], index: number) => option(scope, names, index, number.nullish());
  const [slope, limit, threshold] = [of(['negative_slope', 'alpha'], 1), of(['max_value'], 2), of(['threshold'], 3)];
  const above = threshold ? node('ThresholdedRelu', [value], { alpha: float(threshold) }) : node('Relu', [value]);
  const limited = typeof limit === 'number' ? clip(0, limit)(scope, above) : above;
  if (!slope) return limited;
  const below = node('Relu', [node('Sub', [builder.scalar(threshold ?? 0), value])]);
  return node('Sub', [limited, node('Mul', [below, builder.scalar(slope)])]);
});

const gelu: LayerImport = unary((scope, value) =>
  option(scope, ['approximate'], 1, z.boolean().nullish()) === true
    ? approximateGelu(scope, value)
    : activate(scope, value, 'gelu'),
);

/** Clips to two bounds, either of which may be missing. */
const clipped: LayerImport = unary(({ node, builder, ...scope }, value) => {
  const of = (names: readonly string[], index: number) => option({ node, builder, ...scope }, names, index, number.nullish());
  const [low, high] = [of(['x_min', 'clip_value_min'], 1), of(['x_max', 'clip_value_max'], 2)];
  return node('Clip', [value, ...[low, high].map((bound) => (typeof bound === 'number' ? builder.scalar(bound) : ''))]);
});

const alongAxis =
  (op: 'Softmax' | 'LogSoftmax'): LayerImport =>
  (scope) => {
    const { value, shape } = featureOf(scope);
    const axis = option(scope, ['axis', 'dim'], 1, axesSchema) ?? [-1];
    if (axis.length !== 1) return scope.refuse('it runs over several axes');
    // Earlier versions took it over the channels, whatever the operation said.
    if (axis[0] !== -1) scope.corrected('softmax along an axis');
    return { value: scope.node(op, [value], { axis: int(insideAxis(scope, axis[0] ?? -1, shape.length)) }), shape };
  };

/** `where` with a condition and two operands. */
const where: LayerImport = (scope) => {
  const operands = [['condition'], ['x', 'x1'], ['y', 'x2']].map((names, index) =>
    operandOf(scope, argumentOf(scope, index, names)),
  );
  const { values, shape } = together(scope, operands);
  return { value: scope.node('Where', values), shape: channelsLastShape(shape, scope.order) };
};

const floating = ['float16', 'float32', 'float64', 'bfloat16', 'half', 'float', 'double'];

/** Everything is computed in float32: a cast to another floating type does nothing, and a cast to whole numbers truncates. */
const cast: LayerImport = (scope) => {
  const dtype = option(scope, ['dtype'], 1, z.string().nullish()) ?? 'float32';
  const feature = featureOf(scope);
  const type = scope.builder.info(feature.value).type;
  if (floating.includes(dtype))
    return type === 'float' ? feature : { ...feature, value: scope.node('Cast', [feature.value], { to: int(dataTypes.float) }) };
  return scope.refuse(`it casts to ${dtype}`);
};

/** x divided by its Euclidean length along axes. */
export function overLength(scope: LayerScope, feature: Feature, axes: readonly number[], leastSquare: number): Feature {
  const { node, builder } = scope;
  const inside = builder.constant(int64s(axes.map((axis) => insideAxis(scope, axis, feature.shape.length))), 'axes');
  const square = node('ReduceSum', [node('Mul', [feature.value, feature.value]), inside], { keepdims: int(1) });
  const length = node('Sqrt', [node('Max', [square, builder.scalar(leastSquare)])]);
  return { value: node('Div', [feature.value, length]), shape: feature.shape };
}

const normalized =
  (leastSquare: number): LayerImport =>
  (scope) => {
    const order = option(scope, ['order'], 2, z.number().nullish()) ?? 2;
    if (order !== 2) return scope.refuse(`its order is ${String(order)}`);
    return overLength(scope, featureOf(scope), option(scope, ['axis'], 1, axesSchema) ?? [-1], leastSquare);
  };

const same: LayerImport = (scope) => featureOf(scope);
const reciprocalRoot = unary(({ node }, value) => node('Reciprocal', [node('Sqrt', [value])]));
const square = unary(({ node }, value) => node('Mul', [value, value]));
const plusOne = (op: string) => unary(({ node, builder }, value) => node(op, [node('Add', [value, builder.scalar(1)])]));

/** The operations of Keras 3 (`keras.ops`) by class. */
export const elementwiseOperations: Readonly<Record<string, LayerImport>> = {
  ...{ Add: binary('Add'), Subtract: binary('Sub'), Multiply: binary('Mul'), Divide: binary('Div'), TrueDivide: binary('Div') },
  ...{ Power: binary('Pow'), Maximum: binary('Max'), Minimum: binary('Min'), Where: where, Cast: cast },
  ...{
    Equal: binary('Equal'),
    NotEqual: notEqual,
    Greater: binary('Greater'),
    GreaterEqual: binary('GreaterOrEqual'),
    Less: binary('Less'),
    LessEqual: binary('LessOrEqual'),
  },
  ...{ Negative: operator('Neg'), Absolute: operator('Abs'), Abs: operator('Abs'), Sqrt: operator('Sqrt'), Exp: operator('Exp') },
  ...{ Log: operator('Log'), Log1p: plusOne('Log'), Square: square, Rsqrt: reciprocalRoot, Reciprocal: operator('Reciprocal') },
  ...{ Sin: operator('Sin'), Cos: operator('Cos'), Tanh: operator('Tanh'), Erf: operator('Erf'), Sign: operator('Sign') },
  ...{ Floor: operator('Floor'), Ceil: operator('Ceil'), Identity: same, Copy: same, Clip: clipped },
  ...{ ReLU: relu, Relu: relu, Relu6: activation('relu6'), Sigmoid: activation('sigmoid'), Silu: activation('silu') },
  ...{ Softmax: alongAxis('Softmax'), LogSoftmax: alongAxis('LogSoftmax'), Softplus: activation('softplus') },
  ...{ Softsign: activation('softsign'), Selu: activation('selu'), HardSigmoid: activation('hard_sigmoid') },
  ...{ HardSilu: activation('hard_silu'), HardTanh: activation('hard_tanh'), LogSigmoid: activation('log_sigmoid'), Gelu: gelu },
  ...{ TanhShrink: activation('tanh_shrink'), SparsePlus: activation('sparse_plus'), Sparsemax: activation('sparsemax') },
  ...{ SparseSigmoid: activation('sparse_sigmoid'), Mish: activation('mish') },
  Elu: withAlpha('Elu'),
  Celu: withAlpha('Celu'),
  LeakyRelu: withNumber(['negative_slope', 'alpha'], 0.2, leaky),
  SoftShrink: withNumber(['threshold'], 0.5, softShrink),
  HardShrink: withNumber(['threshold'], 0.5, hardShrink),
  Squareplus: withNumber(['b'], 4, squareplus),
  Threshold: unary((scope, value) =>
    thresholded(option(scope, ['threshold'], 1, number), option(scope, ['default_value'], 2, number))(scope, value),
  ),
  Normalize: normalized(1e-24),
  UnitNormalize: normalized(1e-24),
};

const at = (name: string): LayerImport => elementwiseOperations[name] ?? same;

/** TensorFlow's functions by their names below `tf.`. Keras 2 wraps them as layers of the class TFOpLambda. */
export const elementwiseFunctions: Readonly<Record<string, LayerImport>> = {
  ...Object.fromEntries(
    ['__operators__.', 'math.', ''].flatMap((scope) =>
      Object.entries({
        ...{ add: 'Add', sub: 'Subtract', subtract: 'Subtract', mul: 'Multiply', multiply: 'Multiply', truediv: 'Divide' },
        ...{ divide: 'Divide', pow: 'Power', neg: 'Negative', negative: 'Negative', abs: 'Absolute', square: 'Square' },
        ...{ sqrt: 'Sqrt', rsqrt: 'Rsqrt', exp: 'Exp', log: 'Log', log1p: 'Log1p', maximum: 'Maximum', minimum: 'Minimum' },
        ...{ sin: 'Sin', cos: 'Cos', tanh: 'Tanh', erf: 'Erf', sign: 'Sign', sigmoid: 'Sigmoid', reciprocal: 'Reciprocal' },
        ...{ greater: 'Greater', less: 'Less', softplus: 'Softplus', floor: 'Floor', ceil: 'Ceil' },
      }).map(([name, own]) => [`${scope}${name}`, at(own)] as const),
    ),
  ),
  ...Object.fromEntries(
    Object.entries({
      ...{
        relu: 'Relu',
        relu6: 'Relu6',
        elu: 'Elu',
        selu: 'Selu',
        silu: 'Silu',
        swish: 'Silu',
        sigmoid: 'Sigmoid',
        tanh: 'Tanh',
      },
      ...{
        softplus: 'Softplus',
        softsign: 'Softsign',
        softmax: 'Softmax',
        log_softmax: 'LogSoftmax',
        leaky_relu: 'LeakyRelu',
        gelu: 'Gelu',
      },
    }).map(([name, own]) => [`nn.${name}`, at(own)] as const),
  ),
  'nn.bias_add': biasAdd,
  'nn.l2_normalize': normalized(1e-12),
  'math.l2_normalize': normalized(1e-12),
  'linalg.l2_normalize': normalized(1e-12),
  clip_by_value: clipped,
  cast,
  identity: same,
  where,
  'keras.backend.relu': relu,
};
