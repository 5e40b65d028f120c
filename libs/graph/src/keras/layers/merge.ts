import { z } from 'zod';
import { int } from '../../attributes.js';
import { axisInside, type Feature, type LayerImport, type LayerScope } from '../layer-import.js';
import { broadcastShapes, withEqualRanks } from './operands.js';

/** Combines the inputs from left to right, two at a time. */
function folded(scope: LayerScope, op: string): Feature {
  const [first, ...rest] = withEqualRanks(scope, scope.inputs);
  if (first === undefined) return scope.refuse('it has no inputs');
  return rest.reduce(
    (a, b) => ({ value: scope.node(op, [a.value, b.value]), shape: broadcastShapes(scope, a.shape, b.shape) }),
    first,
  );
}

const merge =
  (op: string): LayerImport =>
  (scope) =>
    folded(scope, op);

const subtract: LayerImport = (scope) =>
  scope.inputs.length === 2 ? folded(scope, 'Sub') : scope.refuse(`it has ${scope.inputs.length} inputs`);

const average: LayerImport = (scope) => {
  const { value, shape } = folded(scope, 'Add');
  return { value: scope.node('Mul', [value, scope.builder.scalar(1 / scope.inputs.length)]), shape };
};

/** The layer of InceptionResNetV2 in keras.applications: the first input plus a share of the second. */
const scaledSum: LayerImport = (scope) => {
  const { scale } = scope.config(z.object({ scale: z.number() }));
  const [whole, part, ...others] = scope.inputs;
  if (whole === undefined || part === undefined || others.length > 0) return scope.refuse(`it has ${scope.inputs.length} inputs`);
  const share = scope.node('Mul', [part.value, scope.builder.scalar(scale)]);
  return { value: scope.node('Add', [whole.value, share]), shape: broadcastShapes(scope, whole.shape, part.shape) };
};

const concatenate: LayerImport = (scope) => {
  const { axis } = scope.config(z.object({ axis: z.int().default(-1) }));
  const { shape } = scope.input;
  const own = scope.axis(axis);
  if (own === undefined) return scope.refuse(`its axis is ${axis}`);
  const fits = scope.inputs.every((input) => input.shape.length === shape.length);
  if (!fits) return scope.refuse('its inputs have different numbers of axes');
  const total = scope.inputs.reduce((sum, input) => sum + (input.shape[own] ?? 0), 0);
  const value = scope.node(
    'Concat',
    scope.inputs.map((input) => input.value),
    { axis: int(axisInside(own, shape.length)) },
  );
  return { value, shape: shape.with(own, total) };
};

export const mergeLayers: Readonly<Record<string, LayerImport>> = {
  Add: merge('Add'),
  Subtract: subtract,
  Multiply: merge('Mul'),
  Average: average,
  Maximum: merge('Max'),
  Minimum: merge('Min'),
  Concatenate: concatenate,
  CustomScaleLayer: scaledSum,
};
