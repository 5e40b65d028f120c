import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { colourMaps, colourTable, type ColourMap } from '../src/figures/drawing/colour-maps.js';
import { overlayImage, sampleImage } from '../src/figures/drawing/sample-image.js';
import { textWidth } from '../src/figures/drawing/text-width.js';

/** Made by goldens/make_colour_maps.py with matplotlib 3.6.3. */
const goldens = JSON.parse(readFileSync(new URL('goldens/colour-maps.json', import.meta.url), 'utf8')) as Record<
  ColourMap,
  number[]
>;

describe('colours', () => {
  it.each(colourMaps)('%s is that of matplotlib', (name) => {
    const table = Array.from(colourTable(name));
    const differences = table.map((value, at) => Math.abs(value - (goldens[name][at] ?? NaN)));
    // Both round intensities to bytes, each in its own way.
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
  });

  it('viridis grows lighter with the value', () => {
    const table = colourTable('viridis');
    const luma = Array.from(
      { length: 256 },
      (_, i) => 0.299 * (table[3 * i] ?? 0) + 0.587 * (table[3 * i + 1] ?? 0) + 0.114 * (table[3 * i + 2] ?? 0),
    );
    expect(luma.every((value, i) => i === 0 || value >= (luma[i - 1] ?? 0) - 0.5)).toBe(true);
  });

  it('an overlay is half grey image, half colour', () => {
    const image = { shape: [1, 2, 3], data: Float32Array.of(1, 0, 0, 0, 0, 1) };
    const map = { shape: [1, 2], data: Float32Array.of(5, 3) };
    const { data } = overlayImage(image, map, 'jet');
    const [red, blue] = [0.299 * 255, 0.114 * 255];
    // jet ends in (127, 0, 0) and begins with (0, 0, 127).
    expect(Array.from(data)).toEqual([(red + 127) / 2, red / 2, red / 2, blue / 2, blue / 2, (blue + 127) / 2].map(Math.round));
  });

  it('images beyond 0 to 1 are scaled to their own range', () => {
    const { data } = sampleImage({ shape: [1, 3, 1], data: Float32Array.of(-2, 0, 2) });
    expect(Array.from(data)).toEqual([0, 0, 0, 128, 128, 128, 255, 255, 255]);
  });

  it('text is as wide as the font says', () => {
    // Source Sans 3 regular: digits are 497 of 1000 units wide.
    expect(textWidth('0123456789', 10)).toBeCloseTo(49.7, 6);
  });
});
