import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { colourMaps, colourTable, signedColourMaps } from '../src/figures/drawing/colour-maps.js';
import { mapScale, overlayImage, sampleImage } from '../src/figures/drawing/sample-image.js';
import { textWidth } from '../src/figures/drawing/text-width.js';

/** Made by goldens/make_colour_maps.py with matplotlib 3.11.2. */
const compared = ['viridis', 'inferno', 'jet'] as const;
const goldens = JSON.parse(readFileSync(new URL('goldens/colour-maps.json', import.meta.url), 'utf8')) as Record<
  (typeof compared)[number],
  number[]
>;

describe('colours', () => {
  it.each(compared)('%s is that of matplotlib', (name) => {
    const table = Array.from(colourTable(name));
    const differences = table.map((value, at) => Math.abs(value - (goldens[name][at] ?? NaN)));
    // Both round intensities to bytes, each in its own way.
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
  });

  const lumaOf = (table: Uint8Array): number[] =>
    Array.from(
      { length: 256 },
      (_, i) => 0.299 * (table[3 * i] ?? 0) + 0.587 * (table[3 * i + 1] ?? 0) + 0.114 * (table[3 * i + 2] ?? 0),
    );

  it.each(colourMaps.filter((name) => name !== 'jet'))('%s grows lighter with the value', (name) => {
    const luma = lumaOf(colourTable(name));
    expect(luma.every((value, i) => i === 0 || value >= (luma[i - 1] ?? 0) - 1)).toBe(true);
  });

  it.each(signedColourMaps.filter((name) => name !== 'same'))(
    '%s is lightest at zero, in the middle, and falls to both sides',
    (name) => {
      const luma = lumaOf(colourTable(name));
      expect(luma[127]).toBeGreaterThan(235);
      for (let i = 1; i < 128; i += 1) {
        expect(luma[127 - i]).toBeLessThanOrEqual((luma[128 - i] ?? 0) + 1);
        expect(luma[128 + i]).toBeLessThanOrEqual((luma[127 + i] ?? 0) + 1);
      }
    },
  );

  const colourings = { colourMap: 'jet', signedColourMap: 'red-blue' } as const;

  it('a map with negative values has as much room to both sides of zero, any other one from its lowest to its highest', () => {
    const signed = { shape: [1, 3], data: Float32Array.of(-1, 0, 4) };
    expect(mapScale(signed, colourings)).toMatchObject({ low: -4, high: 4, isSigned: true });
    const plain = { shape: [1, 3], data: Float32Array.of(1, 2, 5) };
    expect(mapScale(plain, colourings)).toMatchObject({ low: 1, high: 5, isSigned: false });
    expect(mapScale(signed, { colourMap: 'jet', signedColourMap: 'same' })).toMatchObject({ low: -1, high: 4, isSigned: false });
  });

  it('an overlay mixes the colour with a light grey of the image, more colour where the image is small', () => {
    const size = { large: 70, small: 20 };
    const share = { large: 0.6, small: 0.75 };
    for (const kind of ['large', 'small'] as const) {
      const side = size[kind];
      const image = { shape: [side, side, 1], data: new Float32Array(side * side) };
      const map = { shape: [side, side], data: Float32Array.from({ length: side * side }, (_, i) => (i === 0 ? 1 : 0)) };
      const { data, width } = overlayImage(image, map, mapScale(map, colourings));
      expect(width).toBe(side);
      // jet ends in (127, 0, 0); black becomes a grey of 80.
      const mixed = (colour: number): number => Math.round(80 * (1 - share[kind]) + colour * share[kind]);
      expect(Array.from(data.subarray(0, 3))).toEqual([mixed(127), mixed(0), mixed(0)]);
    }
  });

  it('positions of a tiny image are squares in the map’s own colour with the image’s grey inside', () => {
    const image = { shape: [8, 8, 1], data: new Float32Array(64).fill(1) };
    const map = { shape: [8, 8], data: Float32Array.from({ length: 64 }, (_, i) => (i === 0 ? 1 : 0)) };
    const { data, width, height } = overlayImage(image, map, mapScale(map, colourings));
    expect([width, height]).toEqual([96, 96]);
    const pixel = (row: number, column: number): number[] =>
      Array.from(data.subarray(3 * (row * width + column), 3 * (row * width + column) + 3));
    expect(pixel(0, 0)).toEqual([127, 0, 0]);
    expect(pixel(6, 6)).toEqual([255, 255, 255]);
    expect(pixel(0, 12)).toEqual([0, 0, 127]);
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
