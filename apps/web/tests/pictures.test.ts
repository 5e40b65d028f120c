import { describe, expect, it } from 'vitest';
import { baselineValues, keptSample, layoutOf, meanOverChannels, samplePicture, scaleOf } from '../src/drawing/pictures.js';

describe('layoutOf', () => {
  it.each([
    [[4], { positions: [4], channels: 1 }],
    [[40, 1], { positions: [40], channels: 1 }],
    [[8, 8, 3], { positions: [8, 8], channels: 3 }],
    [[2, 4, 4, 1], { positions: [2, 4, 4], channels: 1 }],
  ])('of %j', (shape, layout) => {
    expect(layoutOf(shape)).toEqual(layout);
  });
});

describe('keptSample', () => {
  const layout = layoutOf([5, 2]);
  const input = Float32Array.from({ length: 10 }, (_, value) => value + 1);
  const map = Float32Array.of(0.1, 0.9, 0.5, 0.9, 0);
  const zero = baselineValues('zero', input, layout);

  it('keeps the highest positions with all their channels; of equal ones the first', () => {
    const kept = (fraction: number): number[] => [...keptSample(input, map, layout, { fraction, baseline: zero })];
    expect(kept(0)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(kept(0.2)).toEqual([0, 0, 3, 4, 0, 0, 0, 0, 0, 0]);
    expect(kept(0.6)).toEqual([0, 0, 3, 4, 5, 6, 7, 8, 0, 0]);
    expect(kept(1)).toEqual([...input]);
  });

  it('counts as the metrics do: ⌊n·f⌋ of the decimal that is written', () => {
    const many = Float32Array.from({ length: 100 }, (_, value) => value + 1);
    const positions = layoutOf([100, 1]);
    const count = (fraction: number): number =>
      keptSample(many, many, positions, { fraction, baseline: new Float32Array(100) }).filter((value) => value !== 0).length;
    expect([0.29, 0.57, 0.58].map(count)).toEqual([29, 57, 58]);
  });

  it('fills with the mean of each channel', () => {
    expect([...baselineValues('mean', input, layout)]).toEqual([5, 6, 5, 6, 5, 6, 5, 6, 5, 6]);
  });
});

describe('scaleOf', () => {
  it('is symmetric around zero where there are negative values', () => {
    expect(scaleOf(Float32Array.of(-1, 0, 3))).toEqual({ low: -3, high: 3, isSigned: true });
    expect(scaleOf(Float32Array.of(1, 2))).toEqual({ low: 1, high: 2, isSigned: false });
    expect(scaleOf([Float32Array.of(1, 2), Float32Array.of(-4)])).toEqual({ low: -4, high: 4, isSigned: true });
  });
});

it('meanOverChannels gives one number a position', () => {
  const layout = layoutOf([2, 2]);
  expect([...meanOverChannels({ shape: [2, 2], data: Float32Array.of(1, 3, 5, 7) }, layout)]).toEqual([2, 6]);
  const data = Float32Array.of(1, 2);
  expect(meanOverChannels({ shape: [2], data }, layout)).toBe(data);
});

describe('samplePicture', () => {
  it('takes values from 0 to 1 as they are, and scales others', () => {
    const grey = (values: number[]) =>
      [...samplePicture(Float32Array.from(values), layoutOf([1, 2, 1])).data].filter((_, at) => at % 4 === 0);
    expect(grey([0.2, 0.6])).toEqual([51, 153]);
    expect(grey([-1, 1])).toEqual([0, 255]);
    expect(grey([5, 5])).toEqual([0, 0]);
  });

  it('has the colours of three channels', () => {
    const { data } = samplePicture(Float32Array.of(1, 0.4, 0), layoutOf([1, 1, 3]));
    expect([...data]).toEqual([255, 102, 0, 255]);
  });
});
