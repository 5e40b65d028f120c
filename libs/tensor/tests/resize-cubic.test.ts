import { describe, expect, it } from 'vitest';
import { resizeCubic } from '../src/index.js';

// Against TensorFlow: tests of methods that are compared with Xplique (libs/explainers/tests/sensitivity.test.ts).
describe('cubic resize', () => {
  it('keeps what has the size already, and what is the same everywhere', () => {
    const values = { shape: [1, 2, 3, 1], data: Float32Array.of(1, 5, -2, 0, 3, 4) };
    expect(resizeCubic(values, [2, 3])).toEqual(values);
    const { data } = resizeCubic({ shape: [1, 2, 1], data: Float32Array.of(7, 7) }, [9]);
    expect([...data]).toEqual(new Array(9).fill(7));
  });

  it('has the weights of Keys, a quarter between two positions', () => {
    const { data } = resizeCubic({ shape: [1, 4, 1], data: Float32Array.of(0, 1, 0, 0) }, [8]);
    const [near, far] = [1.5 / 64 - 2.5 / 16 + 1, -0.5 * 1.75 ** 3 + 2.5 * 1.75 ** 2 - 4 * 1.75 + 2];
    // The fourth of eight places is a quarter beyond the second of four positions.
    expect(data[3]).toBeCloseTo(near, 7);
    // The third is a quarter before it, and the weight of the position beyond the border goes to the others.
    expect(data[2]).toBeCloseTo(near / (1 - far), 7);
  });
});
