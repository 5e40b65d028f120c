import { describe, expect, it } from 'vitest';
import golden from '../../../tests/parity/pytorch-grad-cam/box_blur.json' with { type: 'json' };
import { boxBlurred } from '../src/index.js';

describe('means over a box', () => {
  it.each(golden.cases)('of $extent positions of $shape are those of OpenCV', ({ shape, extent, image, blurred }) => {
    const found = boxBlurred({ shape: [1, ...shape], data: Float32Array.from(image) }, extent);
    expect(found.shape).toEqual([1, ...shape]);
    // Sums of float32 values in float64, rounded once here and there.
    for (const [at, value] of blurred.entries()) expect(found.data[at]).toBeCloseTo(value, 6);
  });

  it('of a signal see each sample by itself', () => {
    const { data } = boxBlurred({ shape: [2, 3, 1], data: Float32Array.of(0, 3, 6, 9, 9, 9) }, 3);
    expect([...data]).toEqual([2, 3, 4, 9, 9, 9]);
  });
});
