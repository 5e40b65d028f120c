import type { RelevanceRules } from '@xaigrid/graph';
import { rowsOf } from '@xaigrid/tensor';
import { afterAll, describe, expect, it } from 'vitest';
import { assertRelevance } from '../src/assert-executable.js';
import { absoluteError } from './comparison.js';
import { strided } from './models/keras-models.js';
import { readTestModel } from './models/read-test-model.js';
import { roundRobin, samplesFor } from './models/samples.js';
import { closeEngines, engineFor } from './models/test-engines.js';

afterAll(closeEngines);

const rules: RelevanceRules = {
  convolution: { rule: 'alpha-beta', alpha: 2, beta: 1 },
  dense: { rule: 'epsilon', epsilon: 1e-6 },
  first: { rule: { rule: 'box', low: [-9, -8], high: [9] }, of: 'convolution' },
};
const SAMPLES = 11;
const inputs = samplesFor(strided, SAMPLES, 1);
const classes = roundRobin(SAMPLES, 4);
const contrasts = classes.map((own) => (own + 1) % 4);

describe('relevance', () => {
  it('is the same, bit for bit, in a thread and for a sample by itself', async () => {
    const engine = await engineFor('onnxruntime', strided);
    const all = await engine.relevance({ inputs, classes, contrasts, rules, start: 'logit' });
    const isolated = await engineFor('onnxruntime in a thread', strided);
    expect(await isolated.relevance({ inputs, classes, contrasts, rules, start: 'logit' })).toEqual(all);
    for (const at of [0, 5, 10]) {
      const one = await engine.relevance({
        ...{ inputs: rowsOf(inputs, at, at + 1), classes: classes.slice(at, at + 1), contrasts: contrasts.slice(at, at + 1) },
        ...{ rules, start: 'logit' },
      });
      expect([...one.relevance.data]).toEqual([...rowsOf(all.relevance, at, at + 1).data]);
      expect([one.start[0], one.absorbed[0]]).toEqual([all.start[at], all.absorbed[at]]);
    }
  });

  it('starts with the logit, or with 1, and adds up to it less what was absorbed', async () => {
    const engine = await engineFor('onnxruntime', strided);
    const logits = await engine.predict(inputs, 'logit');
    const [ofLogits, ofOnes] = [
      await engine.relevance({ inputs, classes, rules, start: 'logit' }),
      await engine.relevance({ inputs, classes, rules, start: 'one' }),
    ];
    expect(ofLogits.relevance.shape).toEqual([SAMPLES, ...engine.model.inputShape]);
    classes.forEach((own, sample) => {
      const logit = logits.data[sample * 4 + own] ?? NaN;
      expect(ofLogits.start[sample]).toBe(logit);
      expect(ofOnes.start[sample]).toBe(1);
      const [map, divided] = [ofLogits, ofOnes].map(({ relevance }) => [...rowsOf(relevance, sample, sample + 1).data]);
      const size = Math.max(...(map ?? []).map(Math.abs));
      // A few roundings more, all the way back.
      expect(
        absoluteError(
          (divided ?? []).map((value) => value * logit),
          map ?? [],
        ),
      ).toBeLessThan(1e-5 * size);
      const sum = (map ?? []).reduce((total, value) => total + value, 0);
      expect(Math.abs(logit - (ofLogits.absorbed[sample] ?? NaN) - sum)).toBeLessThan(1e-4 * Math.max(1, size));
    });
  });

  it('is refused with bounds that do not fit the channels', async () => {
    const engine = await engineFor('onnxruntime', strided);
    const three = { ...rules, first: { rule: { rule: 'box', low: [-1, -1, -1], high: [1] }, of: 'convolution' } } as const;
    await expect(engine.relevance({ inputs, classes, rules: three, start: 'one' })).rejects.toThrow(
      'A box needs one bound, or one for each of the 2 channels of a sample, not 3.',
    );
  });

  it('is refused by the engine tensorflow, also in a plan', async () => {
    const message = 'The engine tensorflow has no layer-wise relevance propagation. Use engine: onnxruntime.';
    const engine = await engineFor('tensorflow', strided);
    await expect(engine.relevance({ inputs, classes, rules, start: 'one' })).rejects.toThrow(message);
    const model = await readTestModel(strided);
    expect(() => {
      assertRelevance('tensorflow', model, rules);
    }).toThrow(message);
    assertRelevance('onnxruntime', model, rules);
  });
});
