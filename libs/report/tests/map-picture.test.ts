import { describe, expect, it } from 'vitest';
import { mapPicture } from '../src/index.js';

describe('mapPicture', () => {
  it('draws a signal and its map as bars from lowest to highest, with their ranges', () => {
    const input = { shape: [4, 1], data: Float32Array.of(0, 1, 2, 3) };
    const map = { shape: [4], data: Float32Array.of(1, 0, 0, 0.5) };
    expect(mapPicture(input, map, { width: 80 })).toBe('input  (0.000 to 3.000)\n▁▃▆█\n\nmap  (0.000 to 1.000)\n█▁▁▅\n');
  });

  it('draws an image as shades, half as many rows as columns', () => {
    const image = { shape: [4, 4, 1], data: Float32Array.from({ length: 16 }, (_, index) => (index < 8 ? 0 : 1)) };
    expect(mapPicture(image, { shape: [4, 4], data: image.data }, { width: 80 })).toContain('    \n████\n');
  });

  it('draws a constant map as its lowest mark', () => {
    const flat = { shape: [3, 1], data: Float32Array.of(0, 0, 0) };
    expect(mapPicture(flat, { ...flat, shape: [3] }, { width: 80 })).toContain('▁▁▁');
  });
});
