import { describe, expect, it } from 'vitest';
import { argmaxRows, tensorOf } from '../src/index.js';

describe('argmaxRows', () => {
  it("gives the column of each row's largest value", () => {
    expect([...argmaxRows(tensorOf(Float32Array.of(1, 3, 2, -5, -7, -6), [2, 3]))]).toEqual([1, 0]);
  });

  it('gives the first of equal values', () => {
    expect([...argmaxRows(tensorOf(Float32Array.of(2, 2, 1), [1, 3]))]).toEqual([0]);
  });
});
