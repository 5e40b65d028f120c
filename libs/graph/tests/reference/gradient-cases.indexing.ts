import { int, text } from '../../src/attributes.js';
import { constantOf } from '../../src/constants.js';
import type { GraphBuilder } from '../../src/builder.js';
import { shapes, type GradientCase } from './gradient-case.js';

const slice = (name: string, starts: number[], ends: number[], axes: number[], steps: number[]): GradientCase => ({
  name: `Slice ${name}`,
  shape: [2, 7, 6],
  forward: (b, x) => b.node('Slice', [b.node('Exp', [x]), ...[starts, ends, axes, steps].map((list) => shapes(b, ...list))]),
});

const padded = (mode: string, shape: number[], pads: number[]): GradientCase => ({
  name: `Pad ${mode} of ${shape.length - 2} axes`,
  shape,
  forward: (b, x) => b.node('Exp', [b.node('Pad', [x, shapes(b, ...pads)], { mode: text(mode) })]),
});

const gather = (name: string, axis: number, indices: (b: GraphBuilder) => string): GradientCase => ({
  name: `Gather ${name}`,
  shape: [2, 5, 3],
  forward: (b, x) => b.node('Exp', [b.node('Gather', [x, indices(b)], { axis: int(axis) })]),
});

const rearranged = (op: string, shape: number[], mode?: string): GradientCase => ({
  name: `${op} ${mode ?? ''}`,
  shape,
  forward: (b, x) => b.node('Exp', [b.node(op, [x], { blocksize: int(2), ...(mode !== undefined && { mode: text(mode) }) })]),
});

export const indexingCases: readonly GradientCase[] = [
  slice('with steps', [1, 0], [7, 6], [1, 2], [2, 3]),
  slice('backwards', [-1], [-100], [2], [-1]),
  slice('backwards with steps', [5, 4], [0, -6], [1, 2], [-2, -3]),
  slice('of the end', [-2], [2 ** 53], [-1], [1]),
  slice('of everything', [0, 0], [2 ** 53, 3], [0, 1], [1, 1]),
  padded('reflect', [2, 2, 4], [0, 0, 3, 0, 0, 2]),
  padded('reflect', [1, 2, 3, 4], [0, 0, 1, 2, 0, 0, 2, 0]),
  padded('edge', [1, 2, 3, 2], [0, 0, 2, 1, 0, 0, 0, 3]),
  {
    name: 'Pad, axes named',
    shape: [2, 3, 4],
    forward: (b, x) => b.node('Exp', [b.node('Pad', [x, shapes(b, 1, 2, 0, 1), b.scalar(0.5), shapes(b, 2, 1)])]),
  },
  { name: 'Pad, cutting off', shape: [2, 3, 5], forward: (b, x) => b.node('Pad', [x, shapes(b, 0, 1, -2, 0, 0, 1)]) },
  gather('of one index', 1, (b) => b.scalar(-2, 'int64')),
  gather('of the first', 2, (b) => b.scalar(0, 'int64')),
  gather('of a permutation', 1, (b) => shapes(b, 3, 0, 4, 2, 1)),
  gather('of some', 1, (b) => shapes(b, 3, 0, -1)),
  gather('of a range', 1, (b) => shapes(b, 2, 3)),
  gather('of repeated indices', -1, (b) => shapes(b, 2, 0, 0, 2, 2)),
  gather('of a matrix of indices', 1, (b) => b.constant(constantOf('int64', [2, 2], [4, 1, 0, 1]))),
  { name: 'Tile', shape: [2, 2, 3], forward: (b, x) => b.node('Exp', [b.node('Tile', [x, shapes(b, 1, 3, 2)])]) },
  rearranged('DepthToSpace', [2, 8, 3, 2]),
  rearranged('DepthToSpace', [2, 8, 3, 2], 'CRD'),
  rearranged('SpaceToDepth', [2, 3, 4, 6]),
];
