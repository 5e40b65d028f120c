import { float, ints, text } from '../../src/attributes.js';
import { constantOf } from '../../src/constants.js';
import type { Attributes } from '../../src/graph.js';
import { shapes, type GradientCase } from './gradient-case.js';

interface Resized {
  readonly shape: number[];
  readonly scales?: number[];
  readonly sizes?: number[];
}

const resize = (
  mode: string,
  transformation: string,
  { shape, scales, sizes }: Resized,
  more: Attributes = {},
): GradientCase => ({
  name: `Resize ${mode} ${transformation} ${shape.slice(2).join(' × ')} by ${(scales ?? sizes ?? []).join()} ${Object.keys(more).join()}`,
  shape,
  fixedBatch: sizes !== undefined,
  forward: (b, x) => {
    const attributes = { mode: text(mode), coordinate_transformation_mode: text(transformation), ...more };
    const factors = scales && b.constant(constantOf('float', [scales.length], scales));
    return b.node('Resize', [x, '', factors ?? '', ...(sizes ? [shapes(b, ...sizes)] : [])], attributes);
  },
});

const transformations = ['half_pixel', 'asymmetric', 'align_corners', 'pytorch_half_pixel'];

export const resizeCases: readonly GradientCase[] = [
  ...transformations.flatMap((transformation) => [
    resize('linear', transformation, { shape: [1, 2, 3, 4], scales: [1, 1, 2, 2] }),
    resize('linear', transformation, { shape: [1, 2, 5, 4], sizes: [1, 2, 3, 7] }),
  ]),
  ...['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'].map((mode) =>
    resize('nearest', 'half_pixel', { shape: [1, 2, 3, 5], sizes: [1, 2, 4, 3] }, { nearest_mode: text(mode) }),
  ),
  resize('nearest', 'asymmetric', { shape: [2, 2, 3, 2], scales: [1, 1, 2, 3] }, { nearest_mode: text('floor') }),
  resize('nearest', 'align_corners', { shape: [1, 2, 4, 3], sizes: [1, 2, 7, 5] }),
  resize('nearest', 'asymmetric', { shape: [2, 3, 5], scales: [1, 1, 2] }, { nearest_mode: text('floor') }),
  resize('cubic', 'half_pixel', { shape: [1, 1, 4, 5], scales: [1, 1, 2, 1.5] }),
  resize('cubic', 'align_corners', { shape: [1, 1, 4, 5], sizes: [1, 1, 7, 3] }, { cubic_coeff_a: float(-0.5) }),
  resize('linear', 'half_pixel', { shape: [1, 2, 3, 4], scales: [2, 2] }, { axes: ints([2, 3]) }),
];
