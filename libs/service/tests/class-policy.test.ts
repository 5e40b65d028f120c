import { tensorOf } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { classesByPolicy } from '../src/index.js';

const outputs = tensorOf(Float32Array.of(0.1, 0.9, 0.4, 0.7, 0.2, 0.7, 0.3, 0.8, 0.5), [3, 3]);
const sets = {
  outputs,
  labels: Int32Array.of(-1, -1, -1),
  labelSets: [Int32Array.of(0, 2), Int32Array.of(0, 2), Int32Array.of()],
};

describe('the class that a map is about', () => {
  it('is by rule the likeliest of the sample’s labels, of equals the first, or what is predicted where it has none', () => {
    expect(classesByPolicy('likeliest-label', sets)).toEqual(Int32Array.of(2, 0, 1));
  });

  it('is the label where a sample has one, whichever of the two is said', () => {
    const samples = { outputs, labels: Int32Array.of(2, 1, 0) };
    for (const policy of ['label', 'likeliest-label'] as const) expect(classesByPolicy(policy, samples)).toEqual(samples.labels);
  });

  it('is what is predicted, or a class, of sets of labels too', () => {
    expect(classesByPolicy('predicted', sets)).toEqual(Int32Array.of(1, 0, 1));
    expect(classesByPolicy(2, sets)).toEqual(Int32Array.of(2, 2, 2));
  });
});
