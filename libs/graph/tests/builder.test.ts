import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../src/builder.js';
import { constantOf, int64s } from '../src/constants.js';
import { architectures } from './reference/architectures.js';
import { noiseArray } from './reference/array.js';
import { interpret, valueIn } from './reference/interpret.js';

const [{ graph: model } = { graph: new GraphBuilder().build() }] = architectures;

describe('a graph builder', () => {
  it('never gives a name twice', () => {
    const builder = new GraphBuilder();
    builder.input('x', 'float', [null, 2]);
    expect([builder.fresh('x'), builder.fresh('x'), builder.fresh('y'), builder.fresh('x:1')]).toEqual([
      'x:1',
      'x:2',
      'y',
      'x:1:1',
    ]);
    expect(() => builder.input('y', 'float', [1])).toThrow(/already has a value "y"/);
  });

  it('starts from a graph and leaves it as it was', () => {
    expect(GraphBuilder.from(model).build()).toEqual({ ...model, name: model.name });
  });

  it('keeps node names apart, its own from those of what it inlines', () => {
    const own = new GraphBuilder();
    // As exporters name nodes; the value has another name.
    own.output(own.named('Neg', 'Neg', [own.input('input', 'float', [null, 2])]));
    const inner = own.build();
    const builder = new GraphBuilder();
    const value = builder.node('Neg', [builder.input('x', 'float', [null, 2])]);
    const renamed = {
      ...inner,
      nodes: inner.nodes.map((node) => ({ ...node, outputs: ['y'] })),
      outputs: [{ ...inner.outputs[0], name: 'y' }],
    };
    for (const input of [value, 'x'])
      builder.output(builder.inline(renamed as typeof inner, { inputs: { input } }).outputs[0] ?? '');
    const names = builder.build().nodes.map(({ name }) => name);
    expect(new Set(names).size).toBe(3);
  });

  it('inlines a model twice with its weights once', () => {
    const builder = new GraphBuilder();
    const outputs = ['a', 'b'].map(
      (side) =>
        builder.inline(model, { inputs: { input: builder.input(side, 'float', [null, 2, 12]) }, prefix: `${side}/` })
          .outputs[0] ?? '',
    );
    builder.output(builder.node('Sub', outputs), 'difference');
    const graph = builder.build();
    expect(graph.nodes).toHaveLength(2 * model.nodes.length + 2);
    expect([...graph.constants.values()]).toEqual([...model.constants.values()]);
    const [a, b] = [noiseArray([1, 2, 12], 1), noiseArray([1, 2, 12], 2)];
    const [first, second] = [a, b].map((input) => valueIn(interpret(model, { input }), model.outputs[0]?.name ?? ''));
    const difference = valueIn(interpret(graph, { a, b }), 'difference');
    expect([...difference.data]).toEqual(first && [...first.data].map((value, i) => value - (second?.data[i] ?? 0)));
  });

  it('feeds one inlined graph with the values of another', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float', [null, 2, 12]);
    const halved = builder.node('Mul', [x, builder.scalar(0.5)]);
    const { values } = builder.inline(model, { inputs: { input: halved } });
    expect(values.get('input')).toBe(halved);
    expect(builder.info(values.get(model.outputs[0]?.name ?? '') ?? '')).toEqual({ type: 'float', shape: [null, 4] });
  });

  it('leaves out what no output needs', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float', [null, 2]);
    builder.node('Mul', [x, builder.constant(constantOf('float', [2], [1, 2]), 'unused')]);
    builder.output(builder.node('Exp', [x]));
    const graph = builder.build();
    expect([graph.nodes.map(({ op }) => op), graph.constants.size]).toEqual([['Exp'], 0]);
  });

  it('keeps one constant for equal scalars, and -0 apart from 0', () => {
    const builder = new GraphBuilder();
    expect(builder.scalar(2)).toBe(builder.scalar(2));
    expect(new Set([builder.scalar(0), builder.scalar(-0), builder.scalar(0, 'double')]).size).toBe(3);
  });

  it('says which operator hides a shape', () => {
    const builder = new GraphBuilder();
    const y = builder.node('Exp', [builder.named('riddle', 'NonZero', [builder.input('x', 'float', [null, 2])])]);
    expect(() => builder.info('riddle')).toThrow(
      expect.objectContaining({
        code: 'OPERATION_UNSUPPORTED',
        message: expect.stringMatching(/"riddle" uses the operator NonZero, which is not supported/) as string,
      }),
    );
    expect(builder.hasInfo(y)).toBe(false);
    builder.annotate(y, { type: 'float', shape: [null, 2] });
    expect(builder.info(y).shape).toEqual([null, 2]);
  });
});

describe('shape inference with an unknown batch', () => {
  const shapeOf = (shape: readonly (number | null)[], add: (builder: GraphBuilder, x: string) => string) => {
    const builder = new GraphBuilder();
    return builder.info(add(builder, builder.input('x', 'float', shape))).shape;
  };
  const reshape =
    (...target: number[]) =>
    (builder: GraphBuilder, x: string) =>
      builder.node('Reshape', [x, builder.constant(int64s(target))]);

  it.each<[readonly (number | null)[], number[], readonly (number | null)[]]>([
    [
      [null, 3, 4],
      [0, 12],
      [null, 12],
    ],
    [
      [null, 3, 4],
      [0, -1],
      [null, 12],
    ],
    [
      [null, 3, 4],
      [-1, 12],
      [null, 12],
    ],
    [
      [null, 3, 4],
      [-1, 4],
      [null, 4],
    ],
    [
      [2, 3, 4],
      [-1, 4],
      [6, 4],
    ],
    [
      [2, 3, 4],
      [0, 0, -1],
      [2, 3, 4],
    ],
  ])('reshapes %j by %j to %j', (from, target, to) => {
    expect(shapeOf(from, reshape(...target))).toEqual(to);
  });

  it('broadcasts it against 1 and against a number', () => {
    const add = (extent: number) => (builder: GraphBuilder, x: string) =>
      builder.node('Add', [x, builder.constant(constantOf('float', [extent, 1], new Array<number>(extent).fill(0)))]);
    expect(shapeOf([null, 3], add(1))).toEqual([null, 3]);
    expect(shapeOf([null, 3], add(5))).toEqual([5, 3]);
  });
});
