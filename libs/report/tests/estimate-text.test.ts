import { describe, expect, it } from 'vitest';
import { estimatePlaces, formatEstimate } from '../src/index.js';
import { placesApart } from '../src/estimate-text.js';

const text = (value: number, low: number, high: number): string => {
  const estimate = { value, interval: { low, high } };
  return formatEstimate(estimate, estimatePlaces(estimate));
};

describe('an estimate with its interval', () => {
  it.each([
    ['has four places as long as they show two digits of the half-width', 0.1372, 0.1246, 0.1498, '0.1372 [0.1246, 0.1498]'],
    ['has more where the interval is narrower', 0.123456, 0.123356, 0.123556, '0.12346 [0.12336, 0.12356]'],
    ['shows that it contains 0', -0.00004, -0.00009, 0.00001, '-0.000040 [-0.000090, 0.000010]'],
    ['shows that it leaves out 0', 0.00004, 0.00001, 0.00007, '0.000040 [0.000010, 0.000070]'],
    ['shows a bound next to 0', 0.01, 0.0000004, 0.02, '0.0100000 [0.0000004, 0.0200000]'],
    ['writes a bound that eight places cannot show with an exponent', 0.01, -3e-12, 0.02, '0.01000000 [-3.0e-12, 0.02000000]'],
    ['has a bound that is 0 as it is', 0.001, 0, 0.002, '0.0010 [0.0000, 0.0020]'],
    ['of no width has four places', 0, 0, 0, '0.0000 [0.0000, 0.0000]'],
    ['that is no number is said to be none', NaN, NaN, NaN, 'NaN [NaN, NaN]'],
  ])('%s', (_, value, low, high, expected) => {
    expect(text(value, low, high)).toBe(expected);
  });

  it('has four places where no more are asked for, as in tables for papers', () => {
    expect(formatEstimate({ value: -0.00001, interval: { low: -0.00009, high: 0.00001 } })).toBe('0.0000 [-0.0001, 0.0000]');
  });
});

describe('values of different rank', () => {
  it.each([
    [[0.9991, 0.9994, 0.5], 3, 4],
    [[0.1, 0.2], 3, 3],
    [[0.5, 0.5], 3, 3],
    [[0.50001, 0.50002, 0.3], 3, 5],
    // What no place can show, up to six, widens nothing.
    [[0.5, 0.5 + 1e-12], 3, 3],
    [[0.5, 0.5 + 1e-12, 0.5004], 3, 4],
  ])('%j look different with %i places or more: %i', (values, places, expected) => {
    expect(placesApart(values, places)).toBe(expected);
  });
});
