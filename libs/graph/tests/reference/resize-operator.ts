import { intsOf, numberOf, textOf } from '../../src/attributes.js';
import type { GraphNode } from '../../src/graph.js';
import { at, build, type NdArray } from './array.js';

/** The place in the input of an output position along one axis; a float32, as ONNX Runtime has it. */
const coordinate = (...place: Parameters<typeof exactly>): number => Math.fround(exactly(...place));

function exactly(node: GraphNode, position: number, scale: number, from: number, to: number): number {
  switch (textOf(node, 'coordinate_transformation_mode', 'half_pixel')) {
    case 'align_corners':
      return to > 1 ? position * ((from - 1) / (to - 1)) : 0;
    case 'asymmetric':
      return position / scale;
    case 'pytorch_half_pixel':
      return to > 1 ? Math.fround((position + 0.5) / scale) - 0.5 : 0;
    default:
      return Math.fround((position + 0.5) / scale) - 0.5;
  }
}

/** A function of the place, read between the input's positions, whose borders repeat: one axis of ONNX's Resize. */
function interpolate(node: GraphNode, read: (position: number) => number, place: number): number {
  const base = Math.floor(place);
  const t = place - base;
  switch (textOf(node, 'mode', 'nearest')) {
    case 'linear':
      return read(base) + t * (read(base + 1) - read(base));
    case 'cubic': {
      const a = numberOf(node, 'cubic_coeff_a', -0.75);
      const near = (d: number) => ((a + 2) * d - (a + 3)) * d * d + 1;
      const far = (d: number) => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
      return read(base - 1) * far(1 + t) + read(base) * near(t) + read(base + 1) * near(1 - t) + read(base + 2) * far(2 - t);
    }
    default: {
      const mode = textOf(node, 'nearest_mode', 'round_prefer_floor');
      const up = mode === 'ceil' ? t > 0 : mode === 'floor' ? false : mode === 'round_prefer_ceil' ? t >= 0.5 : t > 0.5;
      return read(up ? base + 1 : base);
    }
  }
}

export function resize(node: GraphNode, [input, , scales, sizes]: readonly NdArray[]): NdArray[] {
  if (input === undefined) throw new Error('Resize needs an input');
  const axes = intsOf(node, 'axes') ?? input.shape.map((_, axis) => axis);
  let array = input;
  axes.forEach((axis, index) => {
    const from = input.shape[axis] ?? 1;
    const given = scales?.data[index];
    const to = given === undefined ? (sizes?.data[index] ?? 1) : Math.floor(Math.fround(from * given));
    const scale = Math.fround(given ?? to / from);
    if (to === from && scale === 1) return;
    const source = array;
    array = build(source.shape.with(axis, to), (position) =>
      interpolate(
        node,
        (at1) => at(source, position.with(axis, Math.min(Math.max(at1, 0), from - 1))),
        coordinate(node, position[axis] ?? 0, scale, from, to),
      ),
    );
  });
  return [array];
}
