import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../src/builder.js';
import { constantOf } from '../src/constants.js';
import { differentiate } from '../src/gradients/differentiate.js';
import { arrayOf } from './reference/array.js';
import { interpret, valueIn } from './reference/interpret.js';

describe('differentiate', () => {
  it('gives gradients of inner values and of the input at once', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float', [null, 2]);
    const inner = builder.node('Exp', [x]);
    const y = builder.node('Mul', [inner, inner]);
    const seed = builder.input('seed', 'float', [null, 2]);
    const [ofInner = '', ofX = ''] = differentiate(builder, { value: y, gradient: seed, wrt: [inner, x] });
    builder.output(ofInner, 'ofInner');
    builder.output(ofX, 'ofX');
    const values = interpret(builder.build(), { x: arrayOf([1, 2], [0.5, -1]), seed: arrayOf([1, 2], [1, 10]) });
    // y = e²ˣ: ∂y/∂eˣ = 2eˣ, ∂y/∂x = 2e²ˣ.
    const expected = [2 * Math.exp(0.5), 20 * Math.exp(-1)];
    expect([...valueIn(values, 'ofInner').data]).toEqual(expected);
    expect([...valueIn(values, 'ofX').data].map((value) => value.toPrecision(12))).toEqual(
      [2 * Math.E, 20 * Math.exp(-2)].map((value) => value.toPrecision(12)),
    );
  });

  it('gives zeros for a value without influence', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float', [null, 2]);
    const other = builder.input('other', 'float', [null, 3]);
    const y = builder.node('Exp', [x]);
    const [gradient = ''] = differentiate(builder, { value: y, gradient: y, wrt: [other] });
    builder.output(gradient, 'gradient');
    const values = interpret(builder.build(), { x: arrayOf([1, 2], [0, 0]), other: arrayOf([1, 3], [1, 2, 3]) });
    expect(valueIn(values, 'gradient')).toEqual(arrayOf([1, 3], [0, 0, 0]));
  });

  it('names the operator and the node that it has no rule for', () => {
    const builder = new GraphBuilder();
    const x = builder.named('odd one', 'Tan', [builder.input('x', 'float', [null, 2])]);
    expect(() => differentiate(builder, { value: x, gradient: x, wrt: ['x'] })).toThrow(
      expect.objectContaining({ code: 'OPERATION_UNSUPPORTED', message: expect.stringMatching(/"odd one" uses Tan/) as string }),
    );
  });

  it('ignores such a node where nothing depends on what is differentiated', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float', [null, 2]);
    const y = builder.node('Mul', [x, builder.node('Tan', [builder.constant(constantOf('float', [2], [1, 2]))])]);
    const [gradient = ''] = differentiate(builder, { value: y, gradient: x, wrt: [x] });
    expect(builder.producerOf(gradient)?.op).toBe('Mul');
  });
});
