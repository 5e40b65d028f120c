import { z } from 'zod';
import { int } from '../../attributes.js';
import { int64s } from '../../constants.js';
import { dataTypes } from '../../onnx/data-types.js';
import { channelsLastShape, type LayerImport, type LayerScope } from '../layer-import.js';
import { featureOf } from './elementwise-operations.js';
import { insideAxis, kerasShape, reshapedTo } from './keras-order.js';
import { axesOf, option } from './operands.js';

/** Operations that reduce the values along axes to one number. */

const keepdimsOf = (scope: LayerScope) => option(scope, ['keepdims'], 2, z.boolean().nullish()) === true;

/** Reduces axes with `emit`, which keeps them with extent 1. */
const reduction =
  (emit: (scope: LayerScope, value: string, axes: string) => string): LayerImport =>
  (scope) => {
    const feature = featureOf(scope);
    const axes = axesOf(scope, feature, ['axis', 'axes'], 1);
    const inside = axes.map((axis) => insideAxis(scope, axis, feature.shape.length));
    const value = emit(scope, feature.value, scope.builder.constant(int64s(inside), 'axes'));
    const kept = kerasShape(scope, feature).map((extent, axis) => (axes.includes(axis + 1) ? 1 : extent));
    const reduced = { value, shape: channelsLastShape(kept, scope.order) };
    const rest = kept.filter((_, axis) => !axes.includes(axis + 1));
    if (keepdimsOf(scope)) return reduced;
    return rest.length === 0 ? reshapedTo(scope, reduced, [1]) : reshapedTo(scope, reduced, rest);
  };

const reduce = (op: string) => reduction(({ node }, value, axes) => node(op, [value, axes], { keepdims: int(1) }));

const variance = (root: boolean) =>
  reduction(({ node }, value, axes) => {
    const mean = (of: string) => node('ReduceMean', [of, axes], { keepdims: int(1) });
    const centred = node('Sub', [value, mean(value)]);
    const found = mean(node('Mul', [centred, centred]));
    return root ? node('Sqrt', [found]) : found;
  });

/** Mean and variance. */
const moments: LayerImport = (scope) => {
  const [mean, spread] = [reduce('ReduceMean')(scope), variance(false)(scope)];
  return { ...mean, others: [spread] };
};

/** Whether at least one of several truth values is true. */
const any = reduction(({ node, builder }, value, axes) => {
  const most = node('ReduceMax', [node('Cast', [value], { to: int(dataTypes.float) }), axes], { keepdims: int(1) });
  return node('Greater', [most, builder.scalar(0.5)]);
});

/** The operations of Keras 3 by class. */
export const reductionOperations: Readonly<Record<string, LayerImport>> = {
  ...{ Mean: reduce('ReduceMean'), Sum: reduce('ReduceSum'), Max: reduce('ReduceMax'), Min: reduce('ReduceMin') },
  ...{ Var: variance(false), Std: variance(true), Logsumexp: reduce('ReduceLogSumExp'), LogSumExp: reduce('ReduceLogSumExp') },
  ...{ Moments: moments, Any: any },
};

/** TensorFlow's functions by their names below `tf.`. */
export const reductionFunctions: Readonly<Record<string, LayerImport>> = {
  ...{ 'math.reduce_mean': reduce('ReduceMean'), 'math.reduce_sum': reduce('ReduceSum'), 'math.reduce_max': reduce('ReduceMax') },
  ...{ 'math.reduce_min': reduce('ReduceMin'), 'math.reduce_variance': variance(false), 'math.reduce_std': variance(true) },
  ...{ 'math.reduce_logsumexp': reduce('ReduceLogSumExp'), 'nn.moments': moments },
};
