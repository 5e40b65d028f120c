import { describe, expect, it } from 'vitest';
import { assertProbabilities } from '../src/index.js';

const exclusive = { exclusive: true };
const check = (rows: readonly (readonly number[])[], model: Parameters<typeof assertProbabilities>[1]) => () =>
  assertProbabilities(
    { shape: [rows.length, rows[0]?.length ?? 0], data: Float32Array.from(rows.flat()) },
    model,
    (row) => `sample ${row + 10}`,
  );

describe('outputs are probabilities', () => {
  it.each<[string, readonly (readonly number[])[], Parameters<typeof assertProbabilities>[1]]>([
    ['between 0 and 1', [[0, 1, 0.4]], {}],
    ['as far as float32 rounds', [[1.000001, -1e-7]], exclusive],
    // float16 has 11 bits: of 1,000 classes the sum is off by up to 2⁻¹¹.
    ['as far as float16 rounds their sum', [[0.5, 0.5005]], exclusive],
    ['of classes that do not exclude each other, whatever their sum', [[0.9, 0.8, 0.7]], {}],
  ])('%s', (_, rows, model) => {
    expect(check(rows, model)).not.toThrow();
  });

  it.each<[string, readonly (readonly number[])[], Parameters<typeof assertProbabilities>[1], RegExp]>([
    [
      'not above 1: the sample, its values and what to say are named',
      [
        [0.5, 0.5],
        [16.3, -4],
      ],
      {},
      /on sample 11 are not probabilities between 0 and 1: 16\.3, -4\. Set output: logits/,
    ],
    ['not below 0', [[0.2, -0.001]], {}, /0\.2, -0\.001/],
    ['not with another sum, where classes exclude each other', [[0.2, 0.3]], exclusive, /sample 10 add up to 0\.5, not to 1/],
    ['of one number only between 0 and 1', [[-1.5, 2.5]], { ofOneProbability: true }, /one output is 2\.5 on sample 10/],
    ['of many classes, the first are listed', [[2, 0, 0, 0, 0, 0, 0]], {}, /2, 0, 0, 0, 0, … \(7 in all\)/],
  ])('%s', (_, rows, model, message) => {
    expect(check(rows, model)).toThrow(message);
  });
});
