import { describe, expect, it } from 'vitest';
import { maskedSamples } from '../src/masked-samples.js';

const input = { shape: [5, 2], data: Float32Array.from({ length: 10 }, (_, value) => value + 1) };
const map = { shape: [1, 5], data: Float32Array.of(0.1, 0.9, 0.5, 0.9, 0) };

function masked(...question: [keepFractions: number[], keeps?: 'highest' | 'lowest', baseline?: 'zero' | 'mean']): number[][] {
  const [keepFractions, keeps = 'highest', baseline = 'zero'] = question;
  const { shape, data } = maskedSamples(input, map, { keepFractions, keeps, baseline });
  expect(shape).toEqual([1 + keepFractions.length, 5, 2]);
  return Array.from({ length: shape[0] ?? 0 }, (_, row) => [...data.subarray(row * 10, (row + 1) * 10)]);
}

describe('maskedSamples', () => {
  it('has the whole sample first, then what each share keeps', () => {
    expect(masked([0.2, 0.6, 0])).toEqual([
      [...input.data],
      [0, 0, 3, 4, 0, 0, 0, 0, 0, 0],
      [0, 0, 3, 4, 5, 6, 7, 8, 0, 0],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ]);
  });

  it('keeps the lowest where that is asked; of equal ones the first', () => {
    expect(masked([0.4, 0.8], 'lowest').slice(1)).toEqual([
      [1, 2, 0, 0, 0, 0, 0, 0, 9, 10],
      [1, 2, 3, 4, 5, 6, 0, 0, 9, 10],
    ]);
  });

  it('fills with the mean of each channel', () => {
    expect(masked([0.2], 'highest', 'mean')[1]).toEqual([5, 6, 3, 4, 5, 6, 5, 6, 5, 6]);
  });

  it('ranks by the mean over the channels of a map, and takes a row of a table as one channel', () => {
    const channels = { shape: [1, 2, 2], data: Float32Array.of(1, -1, 0.5, 0.5) };
    const question = { keepFractions: [0.5], keeps: 'highest', baseline: 'zero' } as const;
    expect([...maskedSamples({ shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }, channels, question).data.slice(4)]).toEqual([
      0, 0, 3, 4,
    ]);
    const row = { shape: [3], data: Float32Array.of(1, 2, 6) };
    const ranks = { shape: [1, 3], data: Float32Array.of(0, 0, 1) };
    expect([...maskedSamples(row, ranks, { ...question, keepFractions: [0.34], baseline: 'mean' }).data.slice(3)]).toEqual([
      3, 3, 6,
    ]);
  });
});
