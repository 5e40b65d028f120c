import { describe, expect, it } from 'vitest';
import { evaluateConstants } from '../../engine/src/onnxruntime/evaluate-constants.js';
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
    const folded = await foldConstants(graph, evaluateConstants);
    expect(operatorsOf(folded)).toEqual(['Reshape', 'Transpose', 'Reshape', 'Identity']);
    expect(inferShapes(folded).get('y')?.shape).toEqual([null, 6, 3, 2]);
    const x = noiseArray([3, 6, 3, 2], 1);
    const expected = valueIn(await runOnnx(graph, { x }), 'y');
    expect(valueIn(await runOnnx(folded, { x }), 'y')).toEqual(expected);
    expect(valueIn(interpret(folded, { x: noiseArray([1, 6, 3, 2], 1) }), 'y').shape).toEqual([1, 6, 3, 2]);
  });

  it('computes what depends on constants only', async () => {
    const builder = new GraphBuilder();
    const [a, b] = [3, 4].map((seed) => builder.constant(constantOf('float', [4, 3], [...noiseArray([4, 3], seed).data])));
    const row = builder.constant(constantOf('float', [1, 3], [1, 2, 3]));
    const joined = builder.node('Concat', [builder.node('Mul', [a ?? '', row]), builder.node('Exp', [b ?? ''])], {
      axis: int(1),
    });
    const turned = builder.node('Transpose', [joined]);
    builder.output(builder.node('MatMul', [builder.input('x', 'float', [null, 6]), turned]), 'y');
    const graph = builder.build();
    const folded = await foldConstants(graph, evaluateConstants);
    expect(operatorsOf(folded)).toEqual(['MatMul', 'Identity']);
    expect([...folded.constants.values()].map(({ shape }) => shape)).toEqual([[6, 4]]);
    const x = noiseArray([2, 6], 5);
    const expected = valueIn(interpret(graph, { x }), 'y');
    expect(relativeDifference(valueIn(interpret(folded, { x }), 'y'), expected)).toBeLessThan(2e-7);
  });

  it('computes the amounts of a padding from the size of what is padded, as PyTorch writes F.pad', async () => {
    // To a multiple of 4 at the end of both axes: [0, −w % 4, 0, −h % 4] turned around, behind zeros for the other axes.
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float', [null, 2, 5, 6]);
    const missing = (axis: number) => {
      const extent = builder.node('Gather', [builder.node('Shape', [x]), builder.scalar(axis, 'int64')], { axis: int(0) });
      const rest = builder.node('Mod', [extent, builder.scalar(4, 'int64')]);
      const lacking = builder.node('Sub', [builder.scalar(4, 'int64'), rest]);
      return builder.node('Unsqueeze', [builder.node('Mod', [lacking, builder.scalar(4, 'int64')]), vector(builder, 0)]);
    };
    const ends = builder.node('Concat', [vector(builder, 0), missing(3), vector(builder, 0), missing(2)], { axis: int(0) });
    const count = builder.node('Sub', [vector(builder, 8), builder.node('Shape', [ends])]);
    const others = builder.node('ConstantOfShape', [count], { value: { kind: 'tensor', value: int64s([0]) } });
    const pairs = builder.node('Reshape', [builder.node('Concat', [ends, others], { axis: int(0) }), vector(builder, -1, 2)]);
    const backwards = ['-1', '-9223372036854775807', '0', '-1'].map((bound) =>
      builder.constant({ type: 'int64', shape: [1], data: BigInt64Array.of(BigInt(bound)) }),
    );
    const turned = builder.node('Transpose', [builder.node('Slice', [pairs, ...backwards])], { perm: ints([1, 0]) });
    const pads = builder.node('Cast', [builder.node('Reshape', [turned, vector(builder, -1)])], { to: int(7) });
    const padded = builder.node('Pad', [x, pads]);
    builder.annotate(padded, { type: 'float', shape: [null, 2, null, null] });
    builder.output(padded, 'y');
    const folded = await foldConstants(builder.build(), evaluateConstants);
    expect(operatorsOf(folded)).toEqual(['Pad', 'Identity']);
    expect(numbersOf(folded.constants.get(folded.nodes[0]?.inputs[1] ?? '') ?? int64s([]))).toEqual([0, 0, 0, 0, 0, 0, 3, 2]);
    expect(inferShapes(folded).get('y')?.shape).toEqual([null, 2, 8, 8]);
  });

  it('computes operators that it has no shape rule for, and several outputs', async () => {
    const builder = new GraphBuilder();
    const table = builder.constant(constantOf('float', [3, 2], [5, 4, 3, 2, 1, 0]));
    const rows = builder.node('GatherND', [table, builder.constant(constantOf('int64', [2, 1], [2, 0]))]);
    const [largest = ''] = builder.node('TopK', [rows, vector(builder, 1)], { axis: int(1) }, 2);
    builder.annotate(largest, { type: 'float', shape: [1, 1] });
    builder.output(builder.node('Add', [builder.input('x', 'float', [null, 2, 1]), largest]), 'y');
    const folded = await foldConstants(builder.build(), evaluateConstants);
    expect(operatorsOf(folded)).toEqual(['Add', 'Identity']);
    expect([...folded.constants.values()].map(numbersOf)).toEqual([[1, 5]]);
  });

  it('leaves what would be too large to keep, and quantised weights', async () => {
    const builder = new GraphBuilder();
    const large = builder.node('Expand', [builder.scalar(1), vector(builder, 100_000, 100_000)]);
    const few = builder.node('Slice', [large, vector(builder, 0), vector(builder, 2), vector(builder, 1)]);
    const scale = builder.scalar(0.5);
    const weights = builder.node('DequantizeLinear', [builder.constant(constantOf('int8', [2, 2], [1, 2, 3, 4])), scale]);
    const x = builder.input('x', 'float', [100_000, 2]);
    builder.output(builder.node('Add', [builder.node('MatMul', [x, weights]), few]), 'y');
    const folded = await foldConstants(builder.build(), evaluateConstants);
    expect(operatorsOf(folded)).toEqual(operatorsOf(builder.build()));
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
  ])('keeps the element type %s', async (type, values) => {
    const builder = new GraphBuilder();
    const vectorOf = builder.constant(constantOf(type, [2], values));
    const unsqueezed = builder.node('Unsqueeze', [vectorOf, vector(builder, 0)]);
    const x = builder.input('x', type, [null, 2]);
    builder.output(builder.node('Equal', [x, unsqueezed]));
    const [constant] = [...(await foldConstants(builder.build(), evaluateConstants)).constants.values()];
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
