import { describe, expect, it } from 'vitest';
import { extremesOf, minMaxScale } from '@xaigrid/tensor';

describe('minMaxScale', () => {
  it('maps the smallest value to 0 and the largest to 1', () => {
    expect([...minMaxScale(Float32Array.of(-2, 0, 2))]).toEqual([0, 0.5, 1]);
  });

  it('adds epsilon to the extent', () => {
    expect([...minMaxScale(Float32Array.of(1, 4), { epsilon: 1 })]).toEqual([0, 0.75]);
    expect([...minMaxScale(Float32Array.of(5, 5), { epsilon: 1e-6 })]).toEqual([0, 0]);
  });

  it('makes constant values 0 and can work in place', () => {
    const values = Float32Array.of(3, 3);
    expect(minMaxScale(values, { into: values })).toBe(values);
    expect([...values]).toEqual([0, 0]);
  });

  it('does not hide a NaN', () => {
    expect([...minMaxScale(Float32Array.of(1, NaN))]).toEqual([NaN, NaN]);
    expect(extremesOf(Float32Array.of(1, NaN))).toEqual({ min: NaN, max: NaN });
  });
});
