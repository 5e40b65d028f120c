import { int, numberOf } from '../attributes.js';
import { constantOf, int64s, numbersOf } from '../constants.js';
import type { GraphNode } from '../graph.js';
import type { ByShape } from './shape-values.js';
import { takenApart } from './taken-apart.js';

/**
 * GatherND along the first axes at constant places, as a Gather along these axes merged into one. PyTorch's new exporter writes
 * in this way an adaptive pooling whose output size does not divide its input size. Other GatherND nodes stay: they can be
 * computed, but have no gradient.
 */
export function gatherND(node: GraphNode, { addConstant, infoOf, constantOf: valueOf }: ByShape): GraphNode[] {
  const [data = '', indices = ''] = node.inputs;
  const [places, shape] = [valueOf(indices), infoOf(data)?.shape];
  const axes = places?.shape.at(-1);
  if (places === undefined || shape === undefined || axes === undefined || numberOf(node, 'batch_dims', 0) !== 0) return [node];
  const looked = shape.slice(0, axes);
  const rest = shape.slice(axes);
  const known = looked.filter((extent) => extent !== null);
  if (known.length < looked.length || rest.filter((extent) => extent === null).length > 1) return [node];
  const strides = known.map((_, axis) => known.slice(axis + 1).reduce((product, extent) => product * extent, 1));
  const numbers = numbersOf(places);
  const flat = Array.from({ length: numbers.length / axes }, (_, row) =>
    known.reduce((sum, extent, axis) => {
      const at = numbers[row * axes + axis] ?? 0;
      return sum + (at < 0 ? at + extent : at) * (strides[axis] ?? 1);
    }, 0),
  );
  const { step, last } = takenApart(node, addConstant);
  const count = known.reduce((product, extent) => product * extent, 1);
  const rows = step('rows', 'Reshape', [data, addConstant('shape', int64s([count, ...rest.map((extent) => extent ?? -1)]))]);
  return last('Gather', [rows, addConstant('places', constantOf('int64', places.shape.slice(0, -1), flat))], { axis: int(0) });
}
