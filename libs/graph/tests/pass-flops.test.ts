import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../src/builder.js';
import { constantOf } from '../src/constants.js';
import { forwardFlops, gradientFlops } from '../src/inspect/pass-flops.js';
import { sequentialFixture, tfjsFiles, type LayerFixture } from './reference/keras-models.js';
import { readModel } from './reference/read-model.js';

const conv = (name: string, from: number, filters: number): LayerFixture => ({
  class_name: 'Conv2D',
  config: { name, filters, kernel_size: [3, 3], padding: 'same', activation: 'relu' },
  weights: { kernel: [3, 3, from, filters], bias: [filters] },
});
const SIDE = 16;
const small = sequentialFixture(
  [SIDE, SIDE, 3],
  [
    conv('first', 3, 8),
    conv('second', 8, 8),
    { class_name: 'GlobalAveragePooling2D', config: { name: 'gap' } },
    { class_name: 'Dense', config: { name: 'dense', units: 4, activation: 'softmax' }, weights: { kernel: [8, 4], bias: [4] } },
  ],
);
const product = (from: number, filters: number) => SIDE * SIDE * filters * 2 * 9 * from;
const dense = 2 * 8 * 4;
/** Values of all activations: what everything that is no product costs a few operations each of. */
const values = SIDE * SIDE * (3 + 4 * 8) + 8 + 2 * 4;

const fixture = () => readModel({ files: tfjsFiles(small), name: 'small' });
const valueOf = ({ layers }: Awaited<ReturnType<typeof fixture>>, name: string) =>
  layers.find((layer) => layer.name === name)?.value ?? name;

describe('floating-point operations of a pass there and back', () => {
  it('at the input: each product of the forward pass once more, and a little for each value', async () => {
    const { graph } = await fixture();
    const backward = gradientFlops(graph, { wrt: graph.inputs.map(({ name }) => name) }) - forwardFlops(graph);
    const products = product(3, 8) + product(8, 8) + dense;
    expect(backward).toBeGreaterThanOrEqual(products);
    expect(backward).toBeLessThan(products + 4 * values);
  });

  it('at a layer: only the products above it', async () => {
    const model = await fixture();
    const at = (name: string) => gradientFlops(model.graph, { wrt: [valueOf(model, name)] }) - forwardFlops(model.graph);
    expect(at('second')).toBeGreaterThanOrEqual(dense);
    expect(at('second')).toBeLessThan(dense + 4 * values);
    expect(at('first')).toBeGreaterThanOrEqual(product(8, 8) + dense);
    expect(at('first')).toBeLessThan(product(8, 8) + dense + 4 * values);
  });

  it("of DeepLIFT: the products once more, for the multipliers' way back", async () => {
    const { graph } = await fixture();
    const multipliers = gradientFlops(graph, 'deep-lift') - forwardFlops(graph);
    const products = product(3, 8) + product(8, 8) + dense;
    expect(multipliers).toBeGreaterThanOrEqual(products);
    expect(multipliers).toBeLessThan(products + 16 * values);
  });

  it('of a graph that only another engine differentiates: two forward passes', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float', [null, 6]);
    const weights = builder.constant(constantOf('float', [6, 2], new Array<number>(12).fill(1)));
    builder.output(builder.node('Softmax', [builder.node('MatMul', [builder.node('Tan', [x]), weights])]));
    const graph = builder.build();
    expect(forwardFlops(graph)).toBe(6 + 2 * 6 * 2 + 5 * 2);
    expect(gradientFlops(graph, { wrt: ['x'] })).toBe(2 * forwardFlops(graph));
    expect(gradientFlops(graph, 'deep-lift')).toBe(2 * forwardFlops(graph));
  });
});
