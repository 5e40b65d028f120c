import { describe, expect, it } from 'vitest';
import { text } from '../src/attributes.js';
import { GraphBuilder } from '../src/builder.js';
import { constantOf, int64s } from '../src/constants.js';
import { graphCorrections } from '../src/corrections.js';

const graphOf = (forward: (b: GraphBuilder, x: string) => string) => {
  const builder = new GraphBuilder();
  builder.output(forward(builder, builder.input('x', 'float', [null, 2, 5, 4])));
  return builder.build();
};
const byScales = (...scales: number[]) =>
  graphOf((b, x) =>
    b.node('Resize', [x, '', b.constant(constantOf('float', [4], [1, 1, ...scales]))], { mode: text('nearest') }),
  );
const toSizes = (...sizes: number[]) =>
  graphOf((b, x) => b.node('Resize', [x, '', '', b.constant(int64s([3, 2, ...sizes]))], { mode: text('linear') }));

describe('what earlier versions computed otherwise', () => {
  it.each([
    ['a Resize by 1.4', byScales(1.4, 2), ['resize']],
    ['a Resize by 2 × 3', byScales(2, 3), []],
    ['a Resize from 5 × 4 to 10 × 6', toSizes(10, 6), ['resize']],
    ['a Resize from 5 × 4 to 10 × 8', toSizes(10, 8), []],
    ['a maximum of two', graphOf((b, x) => b.node('Max', [x, b.node('Neg', [x])])), ['extremes']],
    ['channels as rows', graphOf((b, x) => b.node('Reshape', [x, b.constant(int64s([-1, 5, 4]))])), ['multiples']],
    ['a sample a row', graphOf((b, x) => b.node('Reshape', [x, b.constant(int64s([-1, 40]))])), []],
    ['nothing of the kind', graphOf((b, x) => b.node('Relu', [x])), []],
  ])('in %s', (_, graph, expected) => {
    expect(graphCorrections(graph)).toEqual(expected);
  });
});
