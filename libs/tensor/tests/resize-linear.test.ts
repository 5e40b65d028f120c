import { describe, expect, it } from 'vitest';
import { resizeLinear } from '@xaigrid/tensor';
import cases from './goldens/resize.json' with { type: 'json' };
import { expectError } from './thrown.js';

describe('resizeLinear', () => {
  it.each(cases)(
    'is torch.nn.functional.interpolate(align_corners=False) from $shape to $size',
    ({ shape, size, input, output }) => {
      const resized = resizeLinear({ shape, data: Float32Array.from(input) }, size);
      expect(resized.shape).toEqual([shape[0], ...size, shape.at(-1)]);
      for (const [i, value] of resized.data.entries()) {
        const expected = output[i] ?? NaN;
        // Both sides are computed in float64 and rounded once: at most one step of float32 (6e-8 relative) apart.
        expect(Math.abs(value - expected)).toBeLessThanOrEqual(1.2e-7 * Math.max(1e-3, Math.abs(expected)));
      }
    },
  );

  it('returns the same values for the same size', () => {
    const data = Float32Array.of(0.1, 0.7, -3, 5);
    expect([...resizeLinear({ shape: [1, 2, 2, 1], data }, [2, 2]).data]).toEqual([...data]);
  });

  it('refuses other numbers of axes and empty ones', () => {
    const image = { shape: [1, 2, 2, 1], data: new Float32Array(4) };
    expectError(() => resizeLinear(image, [4]), 'SHAPE_MISMATCH', /\[1, 2, 2, 1\].*\[4\]/);
    expectError(() => resizeLinear(image, [4, 0]), 'SHAPE_MISMATCH', /cannot be resized/);
  });
});

describe('where the values of the output lie', () => {
  const values = { shape: [1, 3, 1], data: Float32Array.of(1, 3, 9) };
  const resized = (size: number, alignment: 'corners' | 'nearest') => [...resizeLinear(values, [size], alignment).data];

  it('corners: the first and the last are those of the input', () => {
    expect(resized(5, 'corners')).toEqual([1, 2, 3, 6, 9]);
    expect(resized(1, 'corners')).toEqual([1]);
  });

  it('nearest: at ⌊i·from/to⌋, as PyTorch', () => {
    // torch.nn.functional.interpolate(torch.tensor([[[1., 3, 9]]]), n) of torch 2.15.0, n = 5 and 2.
    expect(resized(5, 'nearest')).toEqual([1, 1, 3, 3, 9]);
    expect(resized(2, 'nearest')).toEqual([1, 3]);
  });
});
