import { describe, expect, it } from 'vitest';
import { int, ints, text } from '../src/attributes.js';
import { GraphBuilder } from '../src/builder.js';
import { constantOf, int64s, numbersOf } from '../src/constants.js';
import { foldConstants } from '../src/folding/fold-constants.js';
import { withFreeBatch } from '../src/folding/free-batch.js';
import type { ElementType, Graph } from '../src/graph.js';
import { inferShapes } from '../src/shapes/infer.js';
import { noiseArray } from './reference/array.js';
import { relativeDifference } from './reference/compare.js';
import { interpret, valueIn } from './reference/interpret.js';
import { runOnnx } from './reference/onnxruntime.js';

const operatorsOf = (graph: Graph) => graph.nodes.map(({ op }) => op);
const vector = (b: GraphBuilder, ...values: number[]) => b.constant(int64s(values));

/** The channel shuffle as PyTorch writes `x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, -1, h, w)`. */
function shuffle(b: GraphBuilder, x: string): string {
  const shape = b.node('Shape', [x]);
  const extent = (axis: number) => b.node('Gather', [shape, b.scalar(axis, 'int64')], { axis: int(0) });
  const unsqueezed = (value: string) => b.node('Unsqueeze', [value, vector(b, 0)]);
  const half = b.node('Cast', [b.node('Div', [extent(1), b.scalar(2, 'int64')])], { to: int(7) });
  const [n, h, w] = [extent(0), extent(2), extent(3)].map(unsqueezed);
  const split = b.node('Concat', [n ?? '', vector(b, 2), unsqueezed(half), h ?? '', w ?? ''], { axis: int(0) });
  const turned = b.node('Transpose', [b.node('Reshape', [x, split])], { perm: ints([0, 2, 1, 3, 4]) });
  return b.node('Reshape', [turned, b.node('Concat', [n ?? '', vector(b, -1), h ?? '', w ?? ''], { axis: int(0) })]);
}

describe('foldConstants', () => {
  it('leaves of computed shapes one −1 for the batch', async () => {
    const builder = new GraphBuilder();
    builder.output(shuffle(builder, builder.input('x', 'float', [null, 6, 3, 2])), 'y');
    const graph = builder.build();
    const folded = foldConstants(graph);
    expect(operatorsOf(folded)).toEqual(['Reshape', 'Transpose', 'Reshape', 'Identity']);
    expect(inferShapes(folded).get('y')?.shape).toEqual([null, 6, 3, 2]);
    const x = noiseArray([3, 6, 3, 2], 1);
    const expected = valueIn(await runOnnx(graph, { x }), 'y');
    expect(valueIn(await runOnnx(folded, { x }), 'y')).toEqual(expected);
    expect(valueIn(interpret(folded, { x: noiseArray([1, 6, 3, 2], 1) }), 'y').shape).toEqual([1, 6, 3, 2]);
  });

  it('computes what depends on constants only, to the last bit of float32', () => {
    const builder = new GraphBuilder();
    const [a, b] = [3, 4].map((seed) => builder.constant(constantOf('float', [4, 3], [...noiseArray([4, 3], seed).data])));
    const row = builder.constant(constantOf('float', [1, 3], [1, 2, 3]));
    const joined = builder.node('Concat', [builder.node('Mul', [a ?? '', row]), builder.node('Exp', [b ?? ''])], {
      axis: int(1),
    });
    const turned = builder.node('Transpose', [joined]);
    builder.output(builder.node('MatMul', [builder.input('x', 'float', [null, 6]), turned]), 'y');
    const graph = builder.build();
    const folded = foldConstants(graph);
    expect(operatorsOf(folded)).toEqual(['MatMul', 'Identity']);
    expect([...folded.constants.values()].map(({ shape }) => shape)).toEqual([[6, 4]]);
    const x = noiseArray([2, 6], 5);
    const expected = valueIn(interpret(graph, { x }), 'y');
    expect(relativeDifference(valueIn(interpret(folded, { x }), 'y'), expected)).toBeLessThan(2e-7);
  });

  it('follows the expansion of one row to the batch', () => {
    // class_token.expand(n, -1, -1) as PyTorch writes it.
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float', [null, 5, 4]);
    const n = builder.node('Unsqueeze', [
      builder.node('Gather', [builder.node('Shape', [x]), builder.scalar(0, 'int64')]),
      vector(builder, 0),
    ]);
    const wanted = builder.node('Concat', [n, vector(builder, -1, -1)], { axis: int(0) });
    const ones = builder.node('ConstantOfShape', [vector(builder, 3)], { value: { kind: 'tensor', value: int64s([1]) } });
    const keep = builder.node('Equal', [wanted, builder.node('Mul', [ones, builder.scalar(-1, 'int64')])]);
    const token = builder.constant(constantOf('float', [1, 1, 4], [1, 2, 3, 4]));
    const expanded = builder.node('Expand', [token, builder.node('Where', [keep, ones, wanted])]);
    const joined = builder.node('Concat', [expanded, x], { axis: int(1) });
    expect(builder.info(joined).shape).toEqual([null, 6, 4]);
  });

  it.each<[ElementType, number[]]>([
    ['int64', [3, -2]],
    ['bool', [1, 0]],
    ['int32', [7, 7]],
  ])('keeps the element type %s', (type, values) => {
    const builder = new GraphBuilder();
    const vectorOf = builder.constant(constantOf(type, [2], values));
    const unsqueezed = builder.node('Unsqueeze', [vectorOf, vector(builder, 0)]);
    const x = builder.input('x', type, [null, 2]);
    builder.output(builder.node('Equal', [x, unsqueezed]));
    const [constant] = [...foldConstants(builder.build()).constants.values()];
    expect(constant && { ...constant, data: numbersOf(constant) }).toEqual({ type, shape: [1, 2], data: values });
  });
});

describe('withFreeBatch', () => {
  it.each([1, 2])('frees Reshape targets that have the batch of %i written into them', (batch) => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float', [batch, 4, 3]);
    const heads = builder.node('Reshape', [x, vector(builder, batch * 2, 2, 3)]);
    const back = builder.node('Reshape', [heads, vector(builder, batch, 4, 3)]);
    builder.output(builder.node('Reshape', [back, vector(builder, batch, -1)]), 'y');
    const graph = withFreeBatch(builder.build());
    expect(inferShapes(graph).get('y')?.shape).toEqual([null, 12]);
    const five = noiseArray([5, 4, 3], 2);
    expect(valueIn(interpret(graph, { x: five }), 'y')).toEqual({ shape: [5, 12], data: five.data });
  });

  it('frees the sizes of a Resize', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float', [1, 2, 3, 4]);
    builder.output(builder.node('Resize', [x, '', '', vector(builder, 1, 2, 6, 2)], { mode: text('linear') }), 'y');
    const graph = withFreeBatch(builder.build());
    expect(inferShapes(graph).get('y')?.shape).toEqual([null, 2, 6, 2]);
    expect(valueIn(await runOnnx(graph, { x: noiseArray([5, 2, 3, 4], 2) }), 'y').shape).toEqual([5, 2, 6, 2]);
  });

  it('leaves a graph alone whose batch is free', () => {
    const builder = new GraphBuilder();
    builder.output(builder.node('Relu', [builder.input('x', 'float', [null, 3])]));
    const graph = builder.build();
    expect(withFreeBatch(graph)).toBe(graph);
  });
});
