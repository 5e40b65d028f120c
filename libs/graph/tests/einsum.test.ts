import { describe, expect, it } from 'vitest';
import { text } from '../src/attributes.js';
import { GraphBuilder } from '../src/builder.js';
import { constantOf } from '../src/constants.js';
import { withoutEinsum } from '../src/einsum/take-apart.js';
import { inferShapes } from '../src/shapes/infer.js';
import { noiseArray } from './reference/array.js';
import { relativeDifference } from './reference/compare.js';
import { valueIn } from './reference/interpret.js';
import { runOnnx } from './reference/onnxruntime.js';

const weights = (b: GraphBuilder, shape: number[], seed: number) =>
  b.constant(constantOf('float', shape, [...noiseArray(shape, seed).data]));

/** The equation, the shape of x (the batch first) and those of the constants that follow it. */
const cases: [string, number[], ...number[][]][] = [
  ['bi,ij->bj', [2, 3], [3, 4]],
  ['bi,ji->bj', [2, 3], [4, 3]],
  ['bci,bdi->bcd', [2, 3, 4], [2, 5, 4]],
  ['bhid,hjd->bhij', [2, 2, 3, 4], [2, 5, 4]],
  ['bhij,bhjd->bihd', [2, 2, 3, 4], [2, 2, 4, 5]],
  ['bij,kl->bijkl', [2, 3, 2], [2, 3]],
  ['bij,bij->b', [2, 3, 4], [2, 3, 4]],
  ['bij,ij->bi', [2, 3, 4], [3, 4]],
  ['bij,jk->bik', [2, 3, 4], [4, 5]],
  ['bij,ijk->bk', [2, 3, 4], [3, 4, 5]],
  ['b i j -> b j i', [2, 3, 4]],
  ['bij->b', [2, 3, 4]],
  ['bij->', [2, 3, 4]],
  ['...ij,jk->...ik', [2, 2, 3, 4], [4, 5]],
  ['b...,...->b...', [2, 3, 4], [3, 4]],
  ['bij,jk,kl->bil', [2, 3, 4], [4, 5], [5, 2]],
  ['bi,bj,bk->bijk', [2, 3], [2, 2], [2, 4]],
  ['ij,jk', [2, 3], [3, 4]],
  ['ba', [2, 3]],
  ['bnhd,bmhd->bhnm', [2, 3, 2, 4], [2, 5, 2, 4]],
  ['bxhwyzc,xyzd->bhwcd', [2, 2, 3, 2, 2, 3, 2], [2, 2, 3, 2]],
];

function graphOf(equation: string, shape: number[], constants: number[][], batch: number | null) {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float', [batch, ...shape.slice(1)]);
  const inputs = [x, ...constants.map((own, index) => weights(builder, own, index + 3))];
  builder.output(builder.node('Einsum', inputs, { equation: text(equation) }), 'y');
  return builder.build();
}

describe('Einsum taken apart', () => {
  it.each(cases)('is what ONNX Runtime computes: %s', async (equation, shape, ...constants) => {
    const graph = graphOf(equation, shape, constants, 2);
    const x = noiseArray(shape, 1);
    const expected = valueIn(await runOnnx(graph, { x }), 'y');
    expect(inferShapes(graph).get('y')?.shape).toEqual(expected.shape);
    const known = constants.some(([first]) => first === 2) ? 2 : null;
    const apart = withoutEinsum(graphOf(equation, shape, constants, known));
    expect(apart.nodes.map(({ op }) => op)).not.toContain('Einsum');
    const found = valueIn(await runOnnx(apart, { x }), 'y');
    expect(found.shape).toEqual(expected.shape);
    // Float32 sums of up to 48 products, in another order.
    expect(relativeDifference(found, expected)).toBeLessThan(1e-6);
  });

  it.each([
    ['bii->bi', [2, 3, 3], /diagonal/],
    ['bi->bj', [2, 3], /does not fit/],
    ['bij->b', [2, 3], /does not fit/],
  ])('refuses %s', (equation, shape, message) => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float', shape);
    expect(() =>
      withoutEinsum({
        ...builder.build(),
        nodes: [{ name: 'e', op: 'Einsum', inputs: [x], outputs: ['y'], attributes: { equation: text(equation) } }],
        outputs: [{ name: 'y', type: 'float', shape: [] }],
      }),
    ).toThrow(message);
  });
});
