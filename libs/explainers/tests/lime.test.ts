import { sampleRandom } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { lime } from '../src/lime.js';
import { weightedRidge } from '../src/lime/ridge.js';
import { closedFormEngine } from './closed-form-engine.js';
import { itDrawsBySample } from './draws-by-sample.js';
import { itGivesMapsOfLibrary } from './parity-networks.js';
import { explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('LIME', () => {
  it('of a linear model, almost without penalty, gives what each feature contributes', async () => {
    const engine = closedFormEngine(sampleModel([7, 2], 'linear'));
    const inputs = sampleInputs([7, 2], 2);
    const classes = Int32Array.of(0, 2);
    const params = { cell: [2], baseline: 0.3, ridge: 1e-6, draws: 200 };
    const { maps } = await explainOnce(lime, { engine, params }, { inputs, classes });
    for (const [sample, c] of classes.entries()) {
      const x = mapOf(inputs, sample);
      const output = async (values: readonly number[]) =>
        (await engine.predict({ shape: [1, 7, 2], data: Float32Array.from(values) })).data[c] ?? NaN;
      const whole = await output(x);
      const wanted = await Promise.all(
        range(7).map(async (position) => {
          const feature = Math.floor(position / 2);
          return whole - (await output(x.map((value, i) => (Math.floor(i / 4) === feature ? 0.3 : value))));
        }),
      );
      // Float32 outputs below 8, and a penalty of a millionth against a sum of weights above 1.
      expect(largestDifference(mapOf(maps, sample), wanted)).toBeLessThan(2e-5);
    }
  });

  it('solves the ridge regression: its normal equations hold', () => {
    const random = sampleRandom(0, 0, 0);
    const rows = range(30).map(() => new Uint8Array(4).map(() => random.integer(2)));
    const targets = Float64Array.from(rows, () => random.uniform());
    const weights = Float64Array.from(rows, () => random.uniform());
    const found = weightedRidge(rows, targets, weights, 0.7);
    const add = (of: (row: number) => number) => range(30).reduce((sum, row) => sum + of(row), 0);
    const total = add((row) => weights[row] ?? NaN);
    const fitted = (row: number) => found.reduce((sum, value, i) => sum + value * (rows[row]?.[i] ?? NaN), 0);
    // The intercept makes the weighted residuals add up to 0.
    const intercept = add((row) => (weights[row] ?? NaN) * ((targets[row] ?? NaN) - fitted(row))) / total;
    for (const i of range(4)) {
      const slope = add(
        (row) => (weights[row] ?? NaN) * (rows[row]?.[i] ?? NaN) * ((targets[row] ?? NaN) - intercept - fitted(row)),
      );
      expect(slope).toBeCloseTo(0.7 * (found[i] ?? NaN), 12);
    }
  });

  itDrawsBySample(lime, { params: { draws: 30, superpixels: { by: 'slic', segments: 4 } } });

  it('has features of several positions by default in short signals too, which their mean replaces', () => {
    const planned = (params: unknown, inputShape: readonly number[]) =>
      lime.plannedParams(lime.params.parse(params), closedFormEngine(sampleModel(inputShape)).model);
    expect(planned({}, [8, 2])).toMatchObject({ superpixels: { by: 'slic', segments: 2 }, baseline: 'feature-mean' });
    expect(planned({}, [400, 2])).toMatchObject({ superpixels: { segments: 50 } });
    expect(planned({ superpixels: { by: 'slic', segments: 9 } }, [8, 2])).toMatchObject({ baseline: 0 });
  });

  it('refuses what changes nothing or cannot be solved', () => {
    const validate = (params: unknown, inputShape: readonly number[]) => () => {
      lime.validate(lime.params.parse(params), closedFormEngine(sampleModel(inputShape)).model);
    };
    expect(validate({ baseline: 'feature-mean' }, [8])).toThrow('so nothing would change. Choose another "baseline" or larger');
    expect(validate({}, [8])).not.toThrow();
    const single = { superpixels: { by: 'slic', segments: 9 } };
    expect(validate({ ...single, baseline: 'feature-mean' }, [8, 2])).toThrow('so nothing would change.');
    expect(validate({ cell: [1, 1] }, [40, 40, 1])).toThrow('lime: 1600 features; at most 1024 are feasible.');
    expect(validate({ cell: [2, 2], superpixels: { by: 'slic' } }, [8, 8, 1])).toThrow('Leave "cell" or "superpixels" out.');
  });
});

describe('LIME of the package lime, with our draws', () => {
  // Coefficients of a regression on float32 probabilities, below 1.
  itGivesMapsOfLibrary('lime/lime_image.json', lime, 5e-7);
});
