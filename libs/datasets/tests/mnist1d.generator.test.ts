import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generateMnist1d, type Mnist1dParameters } from '@xaigrid/datasets';
import { float64Of, int32Of, isNumpyArray, isPickleDict, parsePickle } from '@xaigrid/tensor';
import { mnist1dParametersSchema } from '../src/mnist1d/parameters.js';
import golden from './goldens/mnist1d.json' with { type: 'json' };

const { REPORT_INPUTS } = process.env;

/**
 * Values are about 1. Each goes through some twenty operations in float64, in another order than numpy's in the filter and
 * the mean: 1e-12 is ample for that, and a thousand times stricter than the 1e-9 that is asked for.
 */
const TOLERANCE = 1e-12;

function largestDifference(actual: Float64Array, expected: readonly number[] | Float64Array): number {
  expect(actual.length).toBe(expected.length);
  return actual.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (expected[i] ?? NaN))), 0);
}

const parametersOf = (given: Partial<Record<keyof Mnist1dParameters, unknown>>): Mnist1dParameters =>
  mnist1dParametersSchema.parse(given);

describe('generateMnist1d', () => {
  it('makes the published data set: a few rows of it', () => {
    const { inputs, labels } = generateMnist1d(parametersOf({}));
    expect(inputs.shape).toEqual([5000, 40]);
    const { rows, values, labels: expectedLabels, labelCounts } = golden.published;
    for (const [i, row] of rows.entries()) {
      expect(largestDifference(inputs.data.subarray(row * 40, (row + 1) * 40), values[i] ?? [])).toBeLessThan(TOLERANCE);
    }
    expect(rows.map((row) => labels[row])).toEqual(expectedLabels);
    const counts = labelCounts.map((_, digit) => labels.slice(4000).filter((label) => label === digit).length);
    expect(counts).toEqual(labelCounts);
  });

  it('follows all parameters: another seed, size, padding, noise, shear and length', () => {
    const { parameters, values, labels } = golden.others;
    const made = generateMnist1d(parametersOf(parameters));
    expect(largestDifference(made.inputs.data, values.flat())).toBeLessThan(TOLERANCE);
    expect([...made.labels]).toEqual(labels);
  });

  it.skipIf(REPORT_INPUTS === undefined)('equals MNIST1D.pkl in every value', () => {
    const options = { name: 'MNIST1D.pkl' };
    const pickle = parsePickle(readFileSync(join(REPORT_INPUTS ?? '', 'MNIST1D.pkl')), options);
    const array = (key: string) => {
      const found = isPickleDict(pickle) ? pickle.get(key) : undefined;
      if (!isNumpyArray(found)) throw new Error(`MNIST1D.pkl has no array ${key}.`);
      return found;
    };
    const { inputs, labels } = generateMnist1d(parametersOf({}));
    expect(largestDifference(inputs.data.subarray(0, 4000 * 40), float64Of(array('x')).data)).toBeLessThan(TOLERANCE);
    expect(largestDifference(inputs.data.subarray(4000 * 40), float64Of(array('x_test')).data)).toBeLessThan(TOLERANCE);
    expect(labels.slice(0, 4000)).toEqual(int32Of(array('y'), options).data);
    expect(labels.slice(4000)).toEqual(int32Of(array('y_test'), options).data);
  });
});
