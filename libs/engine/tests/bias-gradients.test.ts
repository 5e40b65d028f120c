import { rowsOf } from '@xaigrid/tensor';
import { afterAll, describe, expect, it } from 'vitest';
import { assertBiasGradients } from '../src/assert-executable.js';
import { strided } from './models/keras-models.js';
import { readTestModel } from './models/read-test-model.js';
import { roundRobin, samplesFor } from './models/samples.js';
import { closeEngines, engineFor } from './models/test-engines.js';

afterAll(closeEngines);

const SAMPLES = 11;
const inputs = samplesFor(strided, SAMPLES, 1);
const classes = roundRobin(SAMPLES, 4);
const contrasts = classes.map((own) => (own + 1) % 4);
const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);

describe('gradients at biases', () => {
  it('are the same, bit for bit, in a thread and for a sample by itself', async () => {
    const engine = await engineFor('onnxruntime', strided);
    const all = await engine.biasGradients({ inputs, classes, contrasts });
    const isolated = await engineFor('onnxruntime in a thread', strided);
    expect(await isolated.biasGradients({ inputs, classes, contrasts })).toEqual(all);
    for (const at of [0, 5, 10]) {
      const explained = { classes: classes.slice(at, at + 1), contrasts: contrasts.slice(at, at + 1) };
      const one = await engine.biasGradients({ inputs: rowsOf(inputs, at, at + 1), ...explained });
      expect([...one.input.data]).toEqual([...rowsOf(all.input, at, at + 1).data]);
      for (const [bias, { products }] of one.biases.entries())
        expect([...products.data]).toEqual([...rowsOf(all.biases[bias]?.products ?? products, at, at + 1).data]);
    }
  });

  it('of two classes are the difference, and of the input what the gradient is', async () => {
    const engine = await engineFor('onnxruntime', strided);
    const [both, own, other] = [
      await engine.biasGradients({ inputs, classes, contrasts, target: 'logit' }),
      await engine.biasGradients({ inputs, classes, target: 'logit' }),
      await engine.biasGradients({ inputs, classes: contrasts, target: 'logit' }),
    ];
    expect(own.biases.length).toBeGreaterThan(1);
    // Sums of some thousands of float32 products.
    for (const [at, { products }] of both.biases.entries())
      expect(sum(products.data)).toBeCloseTo(
        sum(own.biases[at]?.products.data ?? products.data) - sum(other.biases[at]?.products.data ?? products.data),
        3,
      );
    const [gradient] = await engine.gradient({ inputs, classes, target: 'logit', wrt: 'input' });
    const wanted = inputs.data.map((value, at) => value * (gradient?.gradient.data[at] ?? NaN));
    for (const [at, value] of wanted.entries()) expect(own.input.data[at]).toBeCloseTo(value, 6);
  });

  it('are refused by the engine tensorflow', async () => {
    const engine = await engineFor('tensorflow', strided);
    const refusal = { code: 'OPERATION_UNSUPPORTED', message: expect.stringContaining('Use engine: onnxruntime.') as string };
    await expect(engine.biasGradients({ inputs, classes })).rejects.toMatchObject(refusal);
    const model = await readTestModel(strided);
    expect(() => {
      assertBiasGradients('tensorflow', model);
    }).toThrow(expect.objectContaining({ code: 'OPERATION_UNSUPPORTED' }));
    expect(() => {
      assertBiasGradients('onnxruntime', model);
    }).not.toThrow();
  });
});
