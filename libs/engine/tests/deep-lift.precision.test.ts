import { rowsOf, sumOf, type Tensor } from '@xaigrid/tensor';
import { afterAll, describe, expect, it } from 'vitest';
import { roundKeepingSum } from '../src/onnxruntime/round-keeping-sum.js';
import type { DeepLiftAttribution, Engine } from '../src/index.js';
import { type KerasModel, report1d } from './models/keras-models.js';
import { uniform } from './models/random.js';
import { pick, samplesFor } from './models/samples.js';
import { closeEngines, engineFor } from './models/test-engines.js';

afterAll(closeEngines);

const EXPLAINED = 3;
const CLASSES = 10;

/** The report's architecture, surer of its classes. */
const confident: KerasModel = {
  ...report1d,
  name: 'confident',
  weights: report1d.weights.map((weight) =>
    weight.name.startsWith('dense/') ? { ...weight, data: weight.data.map((value) => 3 * value) } : weight,
  ),
};

function joined(...tensors: readonly Tensor[]): Tensor {
  const data = new Float32Array(tensors.flatMap((tensor) => [...tensor.data]));
  return { shape: [tensors.length, ...confident.inputShape], data };
}

/** a + t·(b − a) */
function between(a: Tensor, b: Tensor, t: number): Tensor {
  return { shape: a.shape, data: a.data.map((value, i) => value + t * ((b.data[i] ?? 0) - value)) };
}

/**
 * A sample, and a reference whose logit of the explained class differs from the sample's by hardly anything while the other
 * logits differ: Δcentred/Δz, and with it the multipliers, is then very large.
 */
async function wildPair(engine: Engine): Promise<{ wild: Tensor; reference: Tensor }> {
  const [kernel, bias] = ['dense/kernel', 'dense/bias'].map(
    (name) => confident.weights.find((weight) => weight.name === name)?.data,
  );
  const logit = async (sample: Tensor) => {
    const [features] = await engine.activations(sample, ['conv1d_2']);
    const weighted = (sum: number, value: number, i: number) => sum + value * (kernel?.[i * CLASSES + EXPLAINED] ?? NaN);
    return features?.data.reduce(weighted, bias?.[EXPLAINED] ?? NaN) ?? NaN;
  };
  const drawn = samplesFor(confident, 3, 4);
  const three = await Promise.all(
    [0, 1, 2].map(async (row) => ({ sample: pick(drawn, [row]), z: await logit(pick(drawn, [row])) })),
  );
  const [below, middle, above] = three.sort((a, b) => a.z - b.z);
  if (below === undefined || middle === undefined || above === undefined) throw new Error('no samples');
  let [low, high] = [0, 1];
  for (;;) {
    const t = (low + high) / 2;
    const reference = between(below.sample, above.sample, t);
    const difference = (await logit(reference)) - middle.z;
    if (Math.abs(difference) < 3e-5) return { wild: middle.sample, reference };
    if (difference < 0) low = t;
    else high = t;
  }
}

function additivityErrors({ attributions, outputs, expected }: DeepLiftAttribution): number[] {
  return Array.from(outputs, (output, row) =>
    Math.abs(sumOf(rowsOf(attributions, row, row + 1).data) - (output - (expected[row] ?? NaN))),
  );
}

describe('DeepLIFT of a sample whose multipliers by shap’s rule for softmax are very large', () => {
  it('adds up on onnxruntime, where float32 alone does not, and whatever is asked with it', async () => {
    const [engine, float32] = [await engineFor('onnxruntime', confident), await engineFor('tensorflow', confident)];
    const { wild, reference } = await wildPair(engine);
    const others = samplesFor(confident, 2, 5);
    const references = joined(reference, pick(others, [0]));
    const request = { inputs: joined(pick(others, [1]), wild), classes: Int32Array.of(EXPLAINED, EXPLAINED) };

    const plain = await float32.deepLift(references, { softmaxRule: 'shap' });
    const deepLift = await engine.deepLift(references, { softmaxRule: 'shap' });
    const together = await deepLift.attribute(request);
    const alone = await deepLift.attribute({ inputs: wild, classes: Int32Array.of(EXPLAINED) });
    const [, plainError = 0] = additivityErrors(await plain.attribute(request));
    // Their sum, a change of probability, is below 1.
    expect(Math.max(...alone.attributions.data.map(Math.abs))).toBeGreaterThan(100);
    expect(plainError).toBeGreaterThan(1e-4);
    for (const error of additivityErrors(together)) expect(error).toBeLessThanOrEqual(1e-5);
    expect([...together.bits]).toEqual([32, 64]);
    expect(alone.attributions.data).toEqual(rowsOf(together.attributions, 1, 2).data);
    // The engines' forward passes differ by float32 rounding.
    expect(together.outputs[1]).toBeCloseTo((await engine.predict(wild)).data[EXPLAINED] ?? NaN, 5);
    await Promise.all([plain.close(), deepLift.close()]);
  });
});

describe('DeepLIFT of the same sample by the default rule', () => {
  it('adds up in float32, with multipliers that are not large', async () => {
    const engine = await engineFor('onnxruntime', confident);
    const { wild, reference } = await wildPair(engine);
    const deepLift = await engine.deepLift(reference);
    const found = await deepLift.attribute({ inputs: wild, classes: Int32Array.of(EXPLAINED) });
    expect([...found.bits]).toEqual([32]);
    expect(Math.max(...found.attributions.data.map(Math.abs))).toBeLessThan(1);
    for (const error of additivityErrors(found)) expect(error).toBeLessThan(2e-6);
    await deepLift.close();
  });
});

describe('roundKeepingSum', () => {
  const draw = uniform(8);
  const values = Float64Array.from({ length: 40 }, () => (draw() - 0.5) * 10 ** (6 * draw() - 3));
  values[7] = 0;
  values[11] = -763.000001;

  it('gives one of the two floats next to each value', () => {
    for (const [i, rounded] of roundKeepingSum(values).entries()) {
      const value = values[i] ?? NaN;
      // A float's spacing is at most 2⁻²³ of it.
      expect(Math.abs(rounded - value)).toBeLessThanOrEqual(2 ** -23 * Math.abs(value));
    }
  });

  it('keeps the sum better than the nearest floats do', () => {
    const exact = sumOf(values);
    const nearest = Math.abs(sumOf(Float32Array.from(values)) - exact);
    const kept = Math.abs(sumOf(roundKeepingSum(values)) - exact);
    expect(kept).toBeLessThan(1e-7);
    expect(kept).toBeLessThan(nearest / 10);
  });

  it('leaves floats as they are, 0 and infinities too', () => {
    const floats = Float64Array.of(0, -0, 1.5, -Math.fround(0.1), Infinity, 2 ** -149);
    expect([...roundKeepingSum(floats)]).toEqual([...floats]);
  });

  it('leaves at most half a unit of the largest value where there is nothing smaller to make up for it', () => {
    const lone = Float64Array.of(763.00001, 1e-9, 0);
    expect(Math.abs(sumOf(roundKeepingSum(lone)) - sumOf(lone))).toBeLessThanOrEqual(2 ** -15);
  });
});
