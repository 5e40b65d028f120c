import { z } from 'zod';
import { int } from '../../attributes.js';
import type { LayerImport, LayerScope } from '../layer-import.js';

const add: LayerImport = (scope) => {
  const [first, ...rest] = sameRank(scope);
  if (first === undefined) return scope.refuse('it has no inputs');
  let { value } = first;
  for (const other of rest) value = scope.node('Add', [value, other.value]);
  const shape = first.shape.map((_, axis) => Math.max(...scope.inputs.map((input) => input.shape[axis] ?? 1)));
  return { value, shape };
};

const concatenate: LayerImport = (scope) => {
  const { axis } = scope.config(z.object({ axis: z.int().default(-1) }));
  const inputs = sameRank(scope);
  const rank = scope.input.shape.length + 1;
  const position = axis < 0 ? axis + rank : axis;
  if (position < 1 || position >= rank) return scope.refuse(`its axis is ${axis}`);
  const inside = position === rank - 1 ? 1 : position + 1;
  const total = inputs.reduce((sum, { shape }) => sum + (shape[position - 1] ?? 0), 0);
  const value = scope.node(
    'Concat',
    inputs.map((input) => input.value),
    { axis: int(inside) },
  );
  return { value, shape: scope.input.shape.with(position - 1, total) };
};

function sameRank(scope: LayerScope): LayerScope['inputs'] {
  if (scope.inputs.some(({ shape }) => shape.length !== scope.input.shape.length))
    scope.refuse('its inputs have different numbers of axes');
  return scope.inputs;
}

export const mergeLayers: Readonly<Record<string, LayerImport>> = { Add: add, Concatenate: concatenate };
