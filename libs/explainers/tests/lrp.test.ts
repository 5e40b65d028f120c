import { createEngine, readModel, type Engine } from '@xaigrid/engine';
import { constantOf, GraphBuilder, writeOnnx } from '@xaigrid/graph';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convolution, dense, plain } from '../../engine/tests/models/keras-layers.js';
import { sequential } from '../../engine/tests/models/keras-models.js';
import { readTestModel } from '../../engine/tests/models/read-test-model.js';
import { lrp } from '../src/lrp.js';
import { explainOnce, mapOf, sampleInputs } from './sample-model.js';

const inputShape = [8, 2];
const network = sequential(
  'small',
  inputShape,
  [],
  [
    convolution({ name: 'conv', from: 2, filters: 6, kernel: [3], padding: 'same', activation: 'relu' }),
    plain('Flatten', 'flatten'),
    dense('dense', 48, 4, 'softmax'),
  ],
);
const inputs = sampleInputs(inputShape, 3);
const classes = Int32Array.of(0, 1, 2);

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine({ model: await readTestModel(network), name: 'onnxruntime', threads: 1 });
});
afterAll(() => engine.close());

const explain = (params: object) => explainOnce(lrp, { engine, params }, { inputs, classes });
const validate = (params: object) => () => lrp.validate(lrp.params.parse(params), engine.model);

describe('LRP', () => {
  it('says what it shared out, what was absorbed, and that nothing else is missing', async () => {
    const { maps, diagnostics, degenerate } = await explain({});
    expect(maps.shape).toEqual([3, ...inputShape]);
    expect(degenerate).toEqual([false, false, false]);
    const logits = await engine.predict(inputs, 'logit');
    classes.forEach((own, sample) => {
      const sum = mapOf(maps, sample).reduce((total, value) => total + value, 0);
      const [start = NaN, absorbed = NaN] = [diagnostics.start?.[sample], diagnostics.absorbed?.[sample]];
      expect(start).toBe(logits.data[sample * 4 + own]);
      expect(Math.abs(absorbed)).toBeGreaterThan(1e-3);
      expect(sum).toBeCloseTo(start - absorbed, 5);
      expect(diagnostics.additivityMiss?.[sample]).toBeLessThan(1e-4);
    });
  });

  it('of two classes from one log-odds explains −z by the map of z turned round', async () => {
    const builder = new GraphBuilder('one logit');
    const weights = builder.constant(constantOf('float', [3, 1], [0.5, -2, 1]));
    const x = builder.input('x', 'float', [null, 3]);
    builder.output(
      builder.node('Add', [builder.node('MatMul', [x, weights]), builder.constant(constantOf('float', [1], [0.25]))]),
      'y',
    );
    const files = [{ name: 'm.onnx', bytes: writeOnnx(builder.build()) }];
    const single = await createEngine({ model: await readModel({ files, name: 'single' }), name: 'onnxruntime', threads: 1 });
    try {
      const sample = { shape: [1, 3], data: Float32Array.of(2, -1, 4) };
      const of = (own: number) => explainOnce(lrp, { engine: single }, { inputs: sample, classes: Int32Array.of(own) });
      const [zero, one] = [await of(0), await of(1)];
      // x·w: 1, 2 and 4 of z = 7.25.
      [1, 2, 4].forEach((part, index) => {
        expect(one.maps.data[index]).toBeCloseTo(part, 5);
        expect(zero.maps.data[index]).toBeCloseTo(-part, 5);
      });
      expect([one.diagnostics.start?.[0], zero.diagnostics.start?.[0]]).toEqual([7.25, -7.25]);
    } finally {
      await single.close();
    }
  });

  it('has channels, or their sum', async () => {
    const [kept, joined] = [await explain({}), await explain({ channels: 'sum' })];
    expect(joined.maps.shape).toEqual([3, 8]);
    expect(joined.maps.data[0]).toBeCloseTo((kept.maps.data[0] ?? NaN) + (kept.maps.data[1] ?? NaN), 6);
  });

  it('of two classes differs from that of one', async () => {
    const [one, two] = [await explain({}), await explain({ contrast: 'second' })];
    expect(two.maps.data).not.toEqual(one.maps.data);
    expect(two.diagnostics.start?.[0]).not.toBe(one.diagnostics.start?.[0]);
  });

  it.each<[object, RegExp]>([
    [{ gamma: 0.5 }, /^lrp: composite epsilon-plus has no γ rule\. Leave out gamma/],
    [{ low: 0, high: 1 }, /^lrp: low and high are for the rule box/],
    [{ composite: 'epsilon-gamma-box' }, /^lrp: the rule box needs low and high/],
    [{ composite: 'epsilon-gamma-box', first: 'flat', low: 0, high: 1 }, /low and high are for the rule box/],
    [{ first: 'box', low: 0 }, /the rule box needs low and high/],
    [{ first: 'box', low: [0, 0, 0], high: 1 }, /low has 3 numbers, but a sample has 2 channels/],
    [{ first: 'box', low: [0, 2], high: 1 }, /high must be above low; it is not in channel 1/],
  ])('refuses %j', (params, message) => {
    expect(validate(params)).toThrow(message);
  });

  it.each([
    { composite: 'epsilon-gamma-box', low: 0, high: [1, 2] },
    { composite: 'epsilon-gamma-box', low: -1, high: 1, gamma: 0 },
    { first: 'box', low: 0, high: 1 },
    { composite: 'epsilon-gamma-box', first: 'flat', gamma: 1 },
    { first: 'w-squared' },
  ])('takes %j', async (params) => {
    expect(validate(params)).not.toThrow();
    const { maps } = await explain(params);
    expect(Math.max(...maps.data.map(Math.abs))).toBeGreaterThan(1e-3);
  });

  it('explains logits only, and says so of a model without any', () => {
    expect(lrp.params.safeParse({ target: 'probability' }).success).toBe(false);
    expect(lrp.params.safeParse({ target: 'logit' }).success).toBe(true);
    expect(() => lrp.validate(lrp.params.parse({}), { ...engine.model, logits: false })).toThrow(
      /^lrp starts from the logits of the model, but xaigrid cannot find/,
    );
  });

  it('plans what its map depends on, and no more', () => {
    const planned = (params: object) => lrp.plannedParams(lrp.params.parse(params), engine.model);
    expect(planned({})).toEqual({ composite: 'epsilon-plus', epsilon: 1e-6, start: 'logit', target: 'logit' });
    expect(planned({ composite: 'epsilon-gamma-box', low: 0, high: 1 })).toEqual({
      ...{ composite: 'epsilon-gamma-box', epsilon: 1e-6, gamma: 0.25, low: 0, high: 1, start: 'logit', target: 'logit' },
    });
  });
});
