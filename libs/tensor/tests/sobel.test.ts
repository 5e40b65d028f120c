import { describe, expect, it } from 'vitest';
import goldens from '../../../tests/parity/scikit-image/sobel.json' with { type: 'json' };
import { sizeOf, sobelMagnitude } from '../src/index.js';

/** As tests/parity/scikit-image/sobel.py makes it: eighths, which float32 holds. */
function gridOf(shape: readonly number[]): Float32Array<ArrayBuffer> {
  return Float32Array.from(
    { length: sizeOf(shape) },
    (_, at) => Math.round(8 * (Math.sin(0.31 * at) + Math.cos(0.11 * at * at))) / 8,
  );
}

describe('the Sobel magnitude', () => {
  it.each(goldens.cases)('is that of scikit-image: $shape', ({ shape, magnitude }) => {
    const found = sobelMagnitude({ shape, data: gridOf(shape) });
    expect(found).toHaveLength(magnitude.length);
    // Sums of eighths and quarters of them are exact; the root and the division by √axes round once each: two units of values below 4.
    for (const [at, value] of found.entries()) expect(Math.abs(value - (magnitude[at] ?? NaN))).toBeLessThan(1e-15);
  });

  it('of a slope is its rise over two positions, halved at the border, where the value repeats', () => {
    const found = sobelMagnitude({ shape: [5], data: Float32Array.of(0, 3, 6, 9, 12) });
    expect([...found]).toEqual([3, 6, 6, 6, 3]);
  });
});
