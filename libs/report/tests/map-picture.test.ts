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

  it('has a line for each feature of a table, the largest values of the map first', () => {
    const input = { shape: [3], data: Float32Array.of(5.5, -1, 2) };
    const map = { shape: [3], data: Float32Array.of(0.25, -0.5, 0) };
    expect(mapPicture(input, map, { width: 80, featureNames: ['age', 'height in metres', 'w'] }).split('\n')).toEqual([
      'feature                 value          map',
      'height in metres       -1.000      -0.5000  ██████████│',
      'age                     5.500       0.2500            │█████',
      'w                       2.000        0.000            │',
      '',
    ]);
    expect(mapPicture(input, map, { width: 80 })).toContain('feature 1');
  });

  it('says how many features it leaves out', () => {
    const data = Float32Array.from({ length: 50 }, (_, feature) => feature + 1);
    const lines = mapPicture({ shape: [50], data }, { shape: [50], data }, { width: 80 }).split('\n');
    expect(lines[1]).toContain('feature 49');
    expect(lines.at(-2)).toBe('and 30 features with smaller values of the map');
  });

  it('draws a constant map as its lowest mark', () => {
    const flat = { shape: [3, 1], data: Float32Array.of(0, 0, 0) };
    expect(mapPicture(flat, { ...flat, shape: [3] }, { width: 80 })).toContain('▁▁▁');
  });
});
