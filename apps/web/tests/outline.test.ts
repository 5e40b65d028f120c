import { describe, expect, it } from 'vitest';
import { colourOf, colourTable, defaultColours, signedNames, unsignedNames } from '../src/drawing/colours.js';
import { outlineOf, runs } from '../src/drawing/outline.js';

describe('outlineOf', () => {
  it('goes around what is inside, with sides in one line joined', () => {
    // Two positions beside each other in the middle of 4 × 3.
    const region = Float32Array.of(0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0);
    expect(outlineOf(region, 4, 3)).toBe('M1 1H3M1 2H3M1 1V2M3 1V2');
  });

  it('has the border of the picture, and none where nothing is inside', () => {
    expect(outlineOf(Float32Array.of(1), 1, 1)).toBe('M0 0H1M0 1H1M0 0V1M1 0V1');
    expect(outlineOf(new Float32Array(6), 3, 2)).toBe('');
  });
});

it('runs finds stretches', () => {
  expect(runs(6, (at) => at !== 2 && at !== 5)).toEqual([
    [0, 2],
    [3, 5],
  ]);
});

describe('colours', () => {
  const lightness = (table: Uint8ClampedArray, entry: number): number =>
    0.2126 * (table[3 * entry] ?? 0) + 0.7152 * (table[3 * entry + 1] ?? 0) + 0.0722 * (table[3 * entry + 2] ?? 0);

  it.each(unsignedNames)('%s gets lighter with the value', (unsigned) => {
    const table = colourTable(false, { ...defaultColours, unsigned });
    const steps = Array.from({ length: 16 }, (_, step) => lightness(table, step * 17));
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
  });

  it.each(signedNames)('%s is lightest at zero', (signed) => {
    const table = colourTable(true, { ...defaultColours, signed });
    const steps = Array.from({ length: 17 }, (_, step) => lightness(table, Math.min(255, step * 16)));
    expect(steps.indexOf(Math.max(...steps))).toBe(8);
  });

  it('writes a colour as CSS does', () => {
    expect(colourOf(1, { low: 0, high: 1, isSigned: false })).toBe('rgb(253 231 37)');
  });
});
